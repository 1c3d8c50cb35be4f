import { useState } from "react";

export type ConversationHeaderProps = {
  title: string;
  /** Left out where there is nothing to rename or delete yet. */
  onRename?: (title: string) => void;
  onDelete?: () => void;
};

/** The open conversation's title, and what can be done with it. */
export function ConversationHeader({ title, onRename, onDelete }: ConversationHeaderProps) {
  const [mode, setMode] = useState<"shown" | "renaming" | "deleting">("shown");
  const done = () => setMode("shown");
  if (mode === "renaming" && onRename) return <Rename title={title} onRename={onRename} onDone={done} />;
  if (mode === "deleting" && onDelete) return <ConfirmDelete onDelete={onDelete} onDone={done} />;
  return (
    <div className="title-bar">
      <h1>{title}</h1>
      {onRename && (
        <button type="button" className="an-button" data-look="quiet" onClick={() => setMode("renaming")}>
          Rename
        </button>
      )}
      {onDelete && (
        <button type="button" className="an-button" data-look="quiet" onClick={() => setMode("deleting")}>
          Delete
        </button>
      )}
    </div>
  );
}

type RenameProps = { title: string; onRename: (title: string) => void; onDone: () => void };

function Rename({ title, onRename, onDone }: RenameProps) {
  return (
    <form
      className="title-bar"
      action={(fields) => {
        const name = fields.get("title");
        if (typeof name === "string" && name.trim() !== "") onRename(name.trim());
        onDone();
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        onDone();
      }}
    >
      <input name="title" aria-label="Title" defaultValue={title} maxLength={200} autoFocus />
      <button type="submit" className="an-button" data-look="primary">
        Save
      </button>
      <button type="button" className="an-button" data-look="quiet" onClick={onDone}>
        Cancel
      </button>
    </form>
  );
}

function ConfirmDelete({ onDelete, onDone }: { onDelete: () => void; onDone: () => void }) {
  return (
    <div className="title-bar" role="alertdialog" aria-label="Delete this conversation?">
      <p>Delete this conversation for good?</p>
      <button
        type="button"
        className="an-button"
        data-look="danger"
        onClick={() => {
          onDelete();
          onDone();
        }}
      >
        Delete conversation
      </button>
      <button type="button" className="an-button" data-look="quiet" onClick={onDone} autoFocus>
        Keep
      </button>
    </div>
  );
}
