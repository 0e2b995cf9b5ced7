import { searchAddress } from "../address/address.ts";
import type { Search } from "../address/search.ts";
import { CloseIcon, PictureIcon } from "../style/icons.tsx";
import { imagePreview } from "./send_image.ts";

/** What is searched for besides the words in the field; each can be left out. */
export function WantedChips({ search }: { search: Search }) {
  const without = (changes: Partial<Search>) => searchAddress({ ...search, page: 0, ...changes });
  return (
    <>
      {search.image.map((image) => (
        <Chip
          key={image}
          label="A picture"
          picture={imagePreview(image)}
          href={without({ image: search.image.filter((it) => it !== image) })}
        />
      ))}
      {search.like.map((clip) => (
        <Chip
          key={clip}
          label="Like a clip"
          picture={`/api/clips/${clip}/thumbnails/0`}
          href={without({ like: search.like.filter((it) => it !== clip) })}
        />
      ))}
      {search.text.slice(1).map((text) => (
        <Chip
          key={text}
          label={text}
          href={without({ text: search.text.filter((it) => it !== text) })}
        />
      ))}
    </>
  );
}

function Chip({ label, picture, href }: { label: string; picture?: string; href: string }) {
  return (
    <a class="chip" href={href} aria-label={`${label}: leave out`} title={`${label}: leave out`}>
      {picture ? <img src={picture} alt="" /> : label === "A picture" ? <PictureIcon /> : label}
      <CloseIcon />
    </a>
  );
}
