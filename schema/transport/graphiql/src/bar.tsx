/** The bar above GraphiQL: who asks, what was masked in the answer, and a place for a token. */

import { useEffect, useRef, useState, type FormEvent } from "react";
import logo from "./prism.svg";
import { ANONYMOUS, english, fromAccount, fromToken, type Account, type Identity } from "./identity";
import type { AccessNote } from "./graph";
import type { Person } from "./person";

interface BarProps {
  accounts: Account[];
  identity: Identity;
  person: Person | null;
  /** null until the first answer. */
  notes: AccessNote[] | null;
  onIdentity: (identity: Identity) => void;
  onExample: (() => void) | null;
}

export function Bar({ accounts, identity, person, notes, onIdentity, onExample }: BarProps) {
  return (
    <header className="bar">
      <div className="bar-brand">
        <img src={logo} alt="" width="26" height="26" />
        <b>Prism</b>
      </div>
      <Roles accounts={accounts} identity={identity} onIdentity={onIdentity} />
      <div className="bar-right">
        {notes && <Masked notes={notes} />}
        <button
          type="button"
          className="bar-button"
          data-testid="example"
          disabled={!onExample}
          onClick={onExample ?? undefined}
        >
          示例 Example
        </button>
        <Token identity={identity} onIdentity={onIdentity} />
        <div className="bar-person" data-testid="person">
          <b>{person?.name ?? identity.label}</b>
          {person && <small>{identity.role && person.name ? identity.label : person.roles.join("、")}</small>}
        </div>
      </div>
    </header>
  );
}

function Roles({ accounts, identity, onIdentity }: Pick<BarProps, "accounts" | "identity" | "onIdentity">) {
  if (accounts.length === 0) {
    return <p className="bar-hint">粘贴令牌以登录 · Paste a bearer token to sign in</p>;
  }
  return (
    <nav className="bar-roles" aria-label="角色 Role">
      {accounts.map((account) => (
        <button
          key={account.role}
          type="button"
          data-role={account.role}
          aria-pressed={account.role === identity.role}
          onClick={() => onIdentity(fromAccount(account))}
        >
          <b>{account.name}</b>
          <small>{english(account.role)}</small>
        </button>
      ))}
    </nav>
  );
}

function Masked({ notes }: { notes: AccessNote[] }) {
  const details = useClosedByClickOutside();
  if (notes.length === 0) {
    return <span className="bar-clear">全部明文 Nothing masked</span>;
  }
  const masked = notes.filter((note) => note.level === "MASKED").length;
  const varying = notes.length - masked;
  return (
    <details className="bar-menu" ref={details}>
      <summary className={masked ? "bar-masked" : "bar-masked bar-varying"} data-testid="masked">
        {[masked && `${masked} 处脱敏 masked`, varying && `${varying} 处视行而定 by row`].filter(Boolean).join(" · ")}
      </summary>
      <table className="bar-panel">
        <thead>
          <tr>
            <th>路径 Path</th>
            <th>级别 Level</th>
            <th>类别 Category</th>
            <th>可揭示 Reveal</th>
          </tr>
        </thead>
        <tbody>
          {notes.map((note) => (
            <tr key={note.path}>
              <td>{note.path}</td>
              <td>{note.level}</td>
              <td>{note.category}</td>
              <td>{note.reveal ? "✓" : "–"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

function Token({ identity, onIdentity }: Pick<BarProps, "identity" | "onIdentity">) {
  const details = useClosedByClickOutside();
  const [draft, setDraft] = useState("");
  const use = (next: Identity) => {
    setDraft("");
    details.current?.removeAttribute("open");
    onIdentity(next);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const token = draft.trim().replace(/^Bearer\s+/i, "");
    use(token ? fromToken(token) : ANONYMOUS);
  };
  return (
    <details className="bar-menu" ref={details}>
      <summary className="bar-button">令牌 Token</summary>
      <form className="bar-panel bar-token" onSubmit={submit} autoComplete="off">
        <label htmlFor="bar-token">粘贴访问令牌，只保存在本标签页。 Paste a bearer token: it stays in this tab only.</label>
        <input
          id="bar-token"
          type="password"
          autoComplete="off"
          spellCheck={false}
          value={draft}
          onChange={(event) => setDraft(event.target.value)}
        />
        <div>
          <button type="submit" className="bar-button">
            使用 Use
          </button>
          <button type="button" className="bar-button" disabled={!identity.token} onClick={() => use(ANONYMOUS)}>
            退出 Sign out
          </button>
        </div>
      </form>
    </details>
  );
}

function useClosedByClickOutside() {
  const details = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const close = (event: PointerEvent) => {
      if (!details.current?.contains(event.target as Node)) {
        details.current?.removeAttribute("open");
      }
    };
    addEventListener("pointerdown", close);
    return () => removeEventListener("pointerdown", close);
  }, []);
  return details;
}
