import { useState } from "preact/hooks";

/** A field that keeps what is being typed, whatever is drawn anew around it, until it is done. */
export function DraftInput({ value, onCommit, ...rest }: {
  value: string | number;
  /** Called with what was typed, if the field can have it. */
  onCommit: (value: string) => void;
  type?: "number" | "date";
  min?: number;
  step?: "any";
  required?: boolean;
  placeholder?: string;
  list?: string;
  inputMode?: "decimal";
  maxLength?: number;
  autocomplete?: "off";
}) {
  const [draft, setDraft] = useState<string | null>(null);
  return (
    <input
      {...rest}
      value={draft ?? value}
      onInput={({ currentTarget }) => setDraft(currentTarget.value)}
      onChange={({ currentTarget }) => {
        setDraft(null);
        if (currentTarget.validity.valid) onCommit(currentTarget.value.trim());
      }}
    />
  );
}
