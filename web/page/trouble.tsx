import type { ComponentChildren } from "preact";
import type { ApiError } from "./api.ts";

/** Says what is wrong, and what to do about it. */
export function Trouble({ title, text, isAlone = false, children }: {
  title: string;
  text: ComponentChildren;
  /** Whether nothing else is in the view. */
  isAlone?: boolean;
  children?: ComponentChildren;
}) {
  return (
    <section class="trouble" role="alert">
      {isAlone ? <h1>{title}</h1> : <h2>{title}</h2>}
      <p>{text}</p>
      {children && <div class="actions">{children}</div>}
    </section>
  );
}

const TITLES: Readonly<Record<ApiError["kind"], string>> = {
  invalid: "That cannot be searched for",
  forbidden: "The server does not let this page in",
  token: "This address needs its token",
  missing: "It is not in the index",
  forgotten: "The server has forgotten that picture",
  moved: "The video has moved or changed",
  unreadable: "That picture cannot be read",
  large: "That is too large",
  busy: "The server has its hands full",
  slow: "That took too long",
  "no-index": "Nothing is indexed yet",
  failed: "Something went wrong",
  unreachable: "The server does not answer",
};

const NEXT: Partial<Readonly<Record<ApiError["kind"], string>>> = {
  forbidden: "Open the address that serve printed.",
  busy: "It is busy with other searches. Try again in a moment.",
  failed: "What had failed starts anew with the next try.",
  missing: "It may have been removed since. Search for it again.",
  unreachable: "It may have been stopped: start it again with deno task serve, then try again.",
};

/** Says what an answer of the server means for who asked. */
export function ErrorTrouble({ error, retry, isAlone, children }: {
  error: ApiError;
  retry?: () => void;
  isAlone?: boolean;
  children?: ComponentChildren;
}) {
  const next = NEXT[error.kind];
  return (
    <Trouble
      isAlone={isAlone}
      title={TITLES[error.kind]}
      text={
        <>
          {error.message}. {next}
        </>
      }
    >
      {children}
      {retry && <button type="button" onClick={retry}>Try again</button>}
    </Trouble>
  );
}
