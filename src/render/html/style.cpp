#include "render/html/style.hpp"

// Colours stand once for light and once for dark; text on its ground has a contrast of at least 4.5 in both, which a
// test checks. The colours of series are told apart by those who see no red or green too.

namespace tt::report::html {

const std::string& style_sheet() {
  static const std::string sheet = R"(
:root {
  color-scheme: light dark;
  --ground: #ffffff; --panel: #f5f6f8; --rule: #d9dde2; --text: #1b1f24; --soft: #57606a; --link: #0b5cad;
  --good: #1a6b3c; --bad: #b3261e; --muted: #6e7781; --dot: #a3abb5; --halo: #ffffff; --on-colour: #ffffff;
  --s0: #0b5cad; --s1: #b34700; --s2: #0f7048; --s3: #8b3aa8; --s4: #b0205f; --s5: #00697a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #15181c; --panel: #1f242a; --rule: #3a424b; --text: #e6e9ec; --soft: #a5aeb8; --link: #7db8f5;
    --good: #6fd39a; --bad: #ff9a8f; --muted: #98a2ad; --dot: #5d6670; --halo: #15181c; --on-colour: #10131a;
    --s0: #6cb0f5; --s1: #f5a05c; --s2: #63cf9c; --s3: #d09bf0; --s4: #ff8db8; --s5: #5ccfdd;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 2rem 1.5rem 3rem; max-width: 62rem; background: var(--ground); color: var(--text);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  overflow-wrap: anywhere;
}
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 0.75rem; }
h2 { font-size: 1.35rem; line-height: 1.3; margin: 0 0 0.75rem; }
h3 { font-size: 1.05rem; margin: 1.75rem 0 0.5rem; }
p, ul { max-width: 46rem; margin: 0 0 0.9rem; }
ul { padding-left: 1.2rem; }
li { margin-bottom: 0.3rem; }
a { color: var(--link); }
section { padding-top: 1.75rem; margin-top: 2.25rem; border-top: 1px solid var(--rule); }
footer { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--rule); color: var(--soft); font-size: 0.875rem; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip a { position: absolute; left: -100vw; }
.skip a:focus { left: 1rem; top: 0.5rem; padding: 0.4rem 0.8rem; background: var(--ground); }
.eyebrow { margin: 0 0 0.4rem; color: var(--soft); font-size: 0.875rem; }
.lead { font-size: 1.15rem; line-height: 1.5; }
.note, figcaption, caption { color: var(--soft); font-size: 0.875rem; line-height: 1.5; }
.pass { color: var(--good); font-weight: 600; }
.fail { color: var(--bad); font-weight: 700; }
nav ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1.1rem; padding: 0; margin: 1.25rem 0 0; list-style: none; max-width: none; font-size: 0.9rem; }
nav li { margin: 0; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: 0.75rem; margin: 1.25rem 0; }
.tiles div { background: var(--panel); border-radius: 6px; padding: 0.7rem 0.9rem; }
dt { color: var(--soft); font-size: 0.8125rem; }
dd { margin: 0; font-size: 1.3rem; font-weight: 600; line-height: 1.3; font-variant-numeric: tabular-nums; }
dd small { display: block; font-size: 0.8125rem; font-weight: 400; color: var(--soft); }
.scroll { overflow-x: auto; margin: 0 0 1.1rem; }
table { border-collapse: collapse; font-size: 0.875rem; line-height: 1.4; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
caption { text-align: left; padding-bottom: 0.35rem; }
th, td { padding: 0.35rem 1.1rem 0.35rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--rule); }
thead th { color: var(--soft); font-weight: 600; vertical-align: bottom; }
tbody th { font-weight: 500; min-width: 12rem; max-width: 20rem; overflow-wrap: anywhere; }
td { min-width: 9rem; max-width: 34rem; overflow-wrap: anywhere; }
th.n, td.n { min-width: 0; text-align: right; white-space: nowrap; }
thead th.n { white-space: normal; min-width: 4.5rem; }
.texts { min-width: 16rem; }
.texts ul { margin: 0; padding-left: 1rem; }
td svg { display: block; }
figure { margin: 1.1rem 0 1.4rem; }
figcaption { max-width: 46rem; margin-top: 0.35rem; }
.narrow { display: none; }
.pair { display: flex; flex-wrap: wrap; gap: 1rem 1.5rem; }
svg { max-width: 100%; height: auto; overflow: visible; }
svg text { font-size: 12px; fill: var(--text); font-variant-numeric: tabular-nums; }
svg text.soft { fill: var(--soft); }
svg text.strong { font-weight: 600; }
svg text.on-colour { fill: var(--on-colour); }
svg text.name { fill: currentColor; font-weight: 600; }
svg text.halo { paint-order: stroke; stroke: var(--halo); stroke-width: 4px; stroke-linejoin: round; }
.s0 { color: var(--s0); } .s1 { color: var(--s1); } .s2 { color: var(--s2); }
.s3 { color: var(--s3); } .s4 { color: var(--s4); } .s5 { color: var(--s5); }
.muted { color: var(--muted); }
.grid { stroke: var(--rule); stroke-width: 1; }
.axis { stroke: var(--muted); stroke-width: 1; }
.reference { stroke: var(--text); stroke-width: 1; stroke-dasharray: 3 3; }
.box { fill: none; stroke: var(--rule); }
.shade { fill: var(--panel); }
.line { fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round; }
.dashed { stroke-dasharray: 5 4; }
.area { fill: currentColor; fill-opacity: 0.14; }
.mark { fill: currentColor; stroke: var(--halo); stroke-width: 1; }
.bar { fill: currentColor; fill-opacity: 0.85; }
.whisker { stroke: currentColor; stroke-width: 2; }
.error { stroke: var(--text); stroke-width: 1.5; }
.heat { fill: currentColor; }
.group { fill: none; stroke: var(--text); stroke-width: 1.25; }
.dots { fill: none; stroke: var(--dot); stroke-width: 3; stroke-linecap: round; stroke-opacity: 0.75; }
details { margin: 0 0 1rem; }
summary { cursor: pointer; color: var(--link); padding: 0.25rem 0; }
details[open] > summary { margin-bottom: 0.5rem; }
pre { background: var(--panel); border-radius: 6px; padding: 0.8rem 1rem; overflow-x: auto; font-size: 0.8125rem; line-height: 1.45; }
code { font-size: 0.875em; }
@media (max-width: 740px) {
  body { padding: 1.25rem 1rem 2rem; }
  h1 { font-size: 1.6rem; }
  .wide { display: none; }
  .narrow { display: block; }
  .tiles { grid-template-columns: repeat(2, 1fr); }
}
@media print {
  :root {
    --ground: #ffffff; --panel: #f5f6f8; --rule: #d9dde2; --text: #000000; --soft: #454c54; --link: #0b5cad;
    --good: #1a6b3c; --bad: #b3261e; --muted: #6e7781; --dot: #a3abb5; --halo: #ffffff; --on-colour: #ffffff;
    --s0: #0b5cad; --s1: #b34700; --s2: #0f7048; --s3: #8b3aa8; --s4: #b0205f; --s5: #00697a;
    print-color-adjust: exact; -webkit-print-color-adjust: exact;
  }
  body { max-width: none; padding: 0; font-size: 10pt; }
  nav, .skip { display: none; }
  .wide { display: block; }
  .narrow { display: none; }
  .scroll { overflow: visible; }
  figure, tr, .tiles { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  pre { white-space: pre-wrap; }
  details::details-content { content-visibility: visible; block-size: auto; }
}
)";
  return sheet;
}

}  // namespace tt::report::html
