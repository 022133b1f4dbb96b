/**
 * A list of any length of which only the visible rows are in the document. It is one stop of the Tab key; arrows,
 * Page Up and Down, Home and End move its marked row, Enter opens it, Right and Left show and hide
 * what belongs to it.
 */
import { useKept } from "./fields.js";
import { html, useEffect, useRef } from "./vendor/htm-preact.js";

const SPARE = 8;

/** @type {Record<string, (row: number, page: number, last: number) => number>} */
const MOVES = {
  ArrowDown: (row) => row + 1,
  ArrowUp: (row) => row - 1,
  PageDown: (row, page) => row + page,
  PageUp: (row, page) => row - page,
  Home: () => 0,
  End: (_row, _page, last) => last,
};

/** @import { List } from "./types.js" */

/** @template T @param {List<T>} given */
export function VirtualList({ rows, height, label, draw, open, idOf, follow = false, unfold }) {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const [top, setTop] = useKept(`top of ${label}`, 0);
  const [marked, setMarked] = useKept(`marked of ${label}`, 0);
  const page = Math.max(Math.floor((box.current?.clientHeight ?? 600) / height), 1);
  const first = Math.max(Math.floor(top / height) - SPARE, 0);
  const visible = rows.slice(first, first + page + 2 * SPARE);

  useEffect(() => {
    if (box.current !== null) box.current.scrollTop = top;
  }, []);
  useEffect(() => {
    if (follow && box.current !== null) box.current.scrollTop = rows.length * height;
  }, [follow, rows.length]);

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    if (event.target !== box.current) return;
    if (event.key === "Enter" && rows[marked] !== undefined) return open(rows[marked]);
    if (["ArrowRight", "ArrowLeft"].includes(event.key) && rows[marked] !== undefined) return unfold?.(rows[marked]);
    const move = MOVES[event.key];
    if (move === undefined || box.current === null) return;
    event.preventDefault();
    const next = Math.min(Math.max(move(marked, page, rows.length - 1), 0), rows.length - 1);
    setMarked(next);
    const start = box.current.scrollTop;
    if (next * height < start) box.current.scrollTop = next * height;
    if ((next + 1) * height > start + box.current.clientHeight) box.current.scrollTop = (next + 1) * height - box.current.clientHeight;
  }

  const current = rows[marked] === undefined ? undefined : `row-${idOf(rows[marked])}`;
  return html`<div class="list" role="listbox" tabindex="0" aria-label=${label} aria-activedescendant=${current} ref=${box}
      onScroll=${(/** @type {any} */ event) => setTop(event.currentTarget.scrollTop)} onKeyDown=${onKey}>
    <div class="all" role="presentation" style=${{ height: `${rows.length * height}px` }}>
      ${visible.map((row, index) => html`<div key=${idOf(row)} id=${`row-${idOf(row)}`} role="option"
          aria-selected=${first + index === marked} aria-setsize=${rows.length} aria-posinset=${first + index + 1}
          class=${first + index === marked ? "row marked" : "row"}
          style=${{ top: `${(first + index) * height}px`, height: `${height}px` }}
          onClick=${() => { setMarked(first + index); open(row); }}>${draw(row)}</div>`)}
    </div>
  </div>`;
}
