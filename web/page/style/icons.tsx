import type { ComponentChildren } from "preact";

/** The mark: the point where one sees sharpest. */
export function Brand() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <circle cx="16" cy="16" r="13" fill="none" stroke="currentColor" stroke-width="4" />
      <circle cx="16" cy="16" r="4.5" fill="currentColor" />
    </svg>
  );
}

function Icon({ children }: { children: ComponentChildren }) {
  return (
    <svg
      class="icon"
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="1.75"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

export const SearchIcon = () => (
  <Icon>
    <circle cx="10.5" cy="10.5" r="6.5" />
    <path d="m15.5 15.5 5 5" />
  </Icon>
);

export const PictureIcon = () => (
  <Icon>
    <rect x="3" y="4.5" width="18" height="15" rx="2.5" />
    <circle cx="8.5" cy="10" r="1.6" />
    <path d="m4 18 5.5-5 3.5 3 3-2.5 4.5 4" />
  </Icon>
);

export const FilterIcon = () => (
  <Icon>
    <path d="M4 7h9m5 0h2M4 17h3m5 0h8" />
    <circle cx="15.5" cy="7" r="2.3" />
    <circle cx="9.5" cy="17" r="2.3" />
  </Icon>
);

export const LikeIcon = () => (
  <Icon>
    <rect x="3.5" y="3.5" width="11" height="11" rx="2" />
    <path d="M18 9.5h.5a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2h-7a2 2 0 0 1-2-2V18" />
  </Icon>
);

export const VideosIcon = () => (
  <Icon>
    <rect x="3" y="5" width="18" height="14" rx="2.5" />
    <path d="m10.5 9.5 4.5 2.5-4.5 2.5z" />
  </Icon>
);

export const CloseIcon = () => (
  <Icon>
    <path d="m6.5 6.5 11 11m0-11-11 11" />
  </Icon>
);

export const BackIcon = () => (
  <Icon>
    <path d="m14 5.5-6.5 6.5 6.5 6.5" />
  </Icon>
);

export const NextIcon = () => (
  <Icon>
    <path d="m10 5.5 6.5 6.5-6.5 6.5" />
  </Icon>
);

export const WhyIcon = () => (
  <Icon>
    <path d="M2.5 12s3.5-6.5 9.5-6.5 9.5 6.5 9.5 6.5-3.5 6.5-9.5 6.5S2.5 12 2.5 12z" />
    <circle cx="12" cy="12" r="2.8" />
  </Icon>
);

export const SaveIcon = () => (
  <Icon>
    <path d="M12 4v11m-4.5-4.5L12 15l4.5-4.5M4.5 19.5h15" />
  </Icon>
);

export const PlusIcon = () => (
  <Icon>
    <path d="M12 5.5v13M5.5 12h13" />
  </Icon>
);

export const MinusIcon = () => (
  <Icon>
    <path d="M5.5 12h13" />
  </Icon>
);

export const WholeIcon = () => (
  <Icon>
    <path d="M4.5 9V4.5H9m6 0h4.5V9m0 6v4.5H15m-6 0H4.5V15" />
  </Icon>
);
