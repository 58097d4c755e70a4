"""What the page looks like, and how its tables are sorted and searched where the browser may run a script."""

CSS = """
:root {
  color-scheme: light dark;
  --back: #ffffff; --front: #1c2024; --soft: #5a636d; --line: #d5dae0; --band: #f3f5f7;
  --bad: #a40e26; --bad-back: #ffe9e9; --warn: #7a4a00; --warn-back: #fff2d6; --good: #0b6130; --good-back: #e2f6e8;
  --move: #0b4f9e; --move-back: #e3f0ff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #14171a; --front: #e6e9ec; --soft: #a3adb8; --line: #363d45; --band: #1d2226;
    --bad: #ffa8a8; --bad-back: #48181d; --warn: #f5cb7d; --warn-back: #43310f; --good: #8fdcab; --good-back: #14381f;
    --move: #a5ceff; --move-back: #143458;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 100rem; padding: 1rem 1.5rem 3rem;
  background: var(--back); color: var(--front); font: 15px/1.45 system-ui, sans-serif; overflow-wrap: break-word;
}
h1 { font-size: 1.5rem; margin: 0; }
h2 { font-size: 1.15rem; margin: 2rem 0 0.5rem; }
.made { color: var(--soft); margin: 0.2rem 0 1rem; }
.sums { display: flex; flex-wrap: wrap; gap: 0.5rem; margin: 0; }
.sums div { border: 1px solid var(--line); border-radius: 6px; padding: 0.35rem 0.8rem; }
.sums dt { color: var(--soft); font-size: 0.8rem; }
.sums dd { font-size: 1.25rem; margin: 0; }
.silent { background: var(--bad-back); border-left: 4px solid var(--bad); margin: 1.5rem 0 0; padding: 0.6rem 1rem; }
.silent h2 { color: var(--bad); margin: 0; }
.silent ul { margin: 0.3rem 0 0; padding-left: 1.2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: 0.35rem 0.6rem; text-align: left; vertical-align: top; }
.short { white-space: nowrap; }
.addresses div { font-size: 0.9em; min-width: 9rem; overflow-wrap: anywhere; }
tbody th, td:nth-child(2) { min-width: 8rem; }
.long { overflow-wrap: anywhere; }
#containers td:last-child { min-width: 12rem; overflow-wrap: anywhere; }
thead th { background: var(--band); font-size: 0.85rem; position: sticky; top: 0; white-space: nowrap; z-index: 1; }
tbody th { font-weight: 600; }
.number { text-align: right; white-space: nowrap; }
.number small { display: block; }
small, .soft { color: var(--soft); font-size: 0.85rem; }
meter { display: block; height: 0.7rem; margin-left: auto; width: 7rem; }
.word { background: var(--band); border-radius: 4px; display: inline-block; font-size: 0.9em; padding: 0 0.4rem;
  white-space: nowrap; }
.bad { background: var(--bad-back); color: var(--bad); }
.warn { background: var(--warn-back); color: var(--warn); }
.good { background: var(--good-back); color: var(--good); }
.move { background: var(--move-back); color: var(--move); }
.over { color: var(--bad); font-weight: 600; }
p { margin: 0.15rem 0; }
summary { cursor: pointer; }
details p { margin-left: 1rem; }
.search { align-items: center; display: flex; flex-wrap: wrap; gap: 0.5rem; margin-bottom: 0.5rem; }
.search[hidden], tr[hidden] { display: none; }
input { background: var(--back); border: 1px solid var(--soft); border-radius: 4px; color: inherit; font: inherit;
  max-width: 100%; padding: 0.25rem 0.5rem; width: 22rem; }
th button { background: none; border: 0; color: inherit; cursor: pointer; font: inherit; font-weight: 600; padding: 0; }
th button::after { content: "\\00a0\\2195"; color: var(--soft); }
th[aria-sort=ascending] button::after { content: "\\00a0\\2191"; color: inherit; }
th[aria-sort=descending] button::after { content: "\\00a0\\2193"; color: inherit; }
@media screen and (max-width: 70rem) {
  body { padding: 0.8rem; }
  table, tbody, tr, td, tbody th { display: block; }
  thead { height: 1px; overflow: hidden; position: absolute; width: 1px; clip-path: inset(50%); }
  thead th { position: static; }
  tr { border: 1px solid var(--line); border-radius: 6px; margin-bottom: 0.6rem; padding: 0.3rem 0.6rem; }
  th, td { border: 0; padding: 0.1rem 0; }
  td:is(.short, .number) { white-space: normal; }
  td div, .addresses div { min-width: 0; overflow-wrap: anywhere; }
  tbody th, td, #containers td:last-child { min-width: 0; }
  td { display: grid; gap: 0.5rem; grid-template-columns: 5.5rem 1fr; }
  td.number, td.number small { text-align: left; }
  meter { margin-left: 0; }
  td:empty { display: none; }
LABELS
}
@page { size: landscape; }
@media print {
  :root { color-scheme: light; --back: #fff; --front: #000; --soft: #444; --band: #fff; }
  body { font-size: 9pt; max-width: none; padding: 0; }
  .search { display: none; }
  thead { display: table-header-group; }
  thead th { position: static; }
  tr { break-inside: avoid; }
  h2 { break-after: avoid; }
  small { font-size: 0.85em; }
  tbody th, td, td div, #containers td:last-child { min-width: 0; }
  th button::after { content: none; }
  .word { border: 1px solid; }
}
"""
# Without it the page is the same, in the order in which it was written.
SCRIPT = """
document.querySelectorAll("table").forEach(table => {
  const body = table.tBodies[0], rows = [...body.rows], heads = [...table.tHead.rows[0].cells];
  const key = (row, at) => row.cells[at].dataset.s ?? row.cells[at].textContent;
  const order = new Intl.Collator(undefined, {numeric: true});
  heads.forEach((head, at) => {
    const button = document.createElement("button");
    button.append(...head.childNodes);
    head.append(button);
    button.onclick = () => {
      const down = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
      heads.forEach(one => one.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down > 0 ? "ascending" : "descending");
      rows.sort((one, other) => down * order.compare(key(one, at), key(other, at)));
      body.append(...rows);
    };
  });
  const search = table.parentElement.querySelector(".search");
  if (!search) return;
  const [input, count] = [search.querySelector("input"), search.querySelector("output")];
  const whole = row => [row, ...row.querySelectorAll("[title]")].map(one => one.title || one.textContent).join(" ");
  const texts = new Map(rows.map(row => [row, whole(row).toLowerCase()]));
  search.hidden = false;
  input.oninput = () => {
    const words = input.value.toLowerCase().split(/\\s+/);
    rows.forEach(row => { row.hidden = !words.every(word => texts.get(row).includes(word)); });
    count.textContent = rows.filter(row => !row.hidden).length + " of " + rows.length;
  };
});
"""
