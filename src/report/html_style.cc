#include "report/html_parts.h"

namespace credence::report::html {
namespace {

// No character that XML would want escaped.
constexpr std::string_view kStyleSheet = R"css(
:root { color-scheme: light dark; --page: #f6f7f9; --card: #ffffff; --ink: #1b2330;
  --muted: #5b6675;
  --rule: #dfe3e8; --grid: #e8ebef; --s1: #1f5fd0; --s2: #b4520a; --s3: #5f6b7a; --s4: #7a3fb8;
  --s5: #0f766e; --reliable: #157a3c; --uncertain: #a35c00; --unfamiliar: #8d2f8f;
  --wrong: #c8501e; }
@media (prefers-color-scheme: dark) {
  :root { --page: #12161c; --card: #1a2029; --ink: #e7ebf0; --muted: #9aa6b5; --rule: #313a46;
    --grid: #28303b; --s1: #7fb0ff; --s2: #f7a45c; --s3: #a9b4c2; --s4: #c79bff; --s5: #4fd1c5;
    --reliable: #5dd28a; --uncertain: #f2b14c; --unfamiliar: #e08be0; --wrong: #e2703c; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
header, main, footer { max-width: 1120px; margin: 0 auto; padding: 0 20px; }
header { padding-top: 36px; }
h1, h2, h3, p, .bar-name { overflow-wrap: anywhere; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 4px; }
h2 { font-size: 1.3rem; margin: 0 0 8px; }
h3 { font-size: 1rem; margin: 20px 0 4px; }
p { margin: 6px 0 12px; max-width: 72ch; }
a { color: var(--s1); }
.sub, .muted, footer { color: var(--muted); }
nav { margin: 14px 0 0; display: flex; flex-wrap: wrap; gap: 4px 18px; }
section { background: var(--card); border: 1px solid var(--rule); border-radius: 12px;
  padding: 22px 24px; margin: 18px 0; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(190px, 1fr)); gap: 14px;
  margin: 18px 0; }
.tile { background: var(--card); border: 1px solid var(--rule); border-radius: 12px;
  padding: 14px 18px; }
.tile b { display: block; font-size: 1.75rem; line-height: 1.25; font-weight: 650; }
.tile .interval { display: block; font-size: .8rem; }
.interval { color: var(--muted); font-size: .85em; white-space: nowrap; }
.warning { border-left: 4px solid var(--uncertain); padding: 6px 12px; margin: 10px 0; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr));
  gap: 26px 34px; margin: 14px 0; }
.pair h3 { margin-top: 0; }
.plot { width: 100%; height: auto; display: block; }
.plot text { fill: var(--muted); font-size: 13px; }
.plot .label { fill: var(--ink); }
.grid { stroke: var(--grid); }
.axis { fill: none; stroke: var(--muted); }
.line { fill: none; stroke-width: 2.2; stroke-linejoin: round; }
.faint { stroke-width: 1.2; opacity: .55; }
.s1 { stroke: var(--s1); } .s2 { stroke: var(--s2); stroke-dasharray: 7 3; }
.s3 { stroke: var(--s3); stroke-dasharray: 2.5 3; } .s4 { stroke: var(--s4); }
.s5 { stroke: var(--s5); } .s-reliable { stroke: var(--reliable); stroke-width: 6; }
.solid { stroke-dasharray: none; } .dashed { stroke-dasharray: 2 4; stroke-width: 1.6; }
.ideal { stroke: var(--muted); stroke-width: 1.4; stroke-dasharray: 5 5; fill: none; }
.mark { stroke: var(--unfamiliar); stroke-width: 1.4; }
.whisker { stroke: var(--s1); stroke-width: 1.3; opacity: .6; }
.dot.s1 { fill: var(--s1); } .dot.s2 { fill: var(--s2); } .dot.s3 { fill: var(--card); }
.dot.s3 { stroke-dasharray: none; stroke-width: 1.6; }
.fill-1 { fill: var(--s1); opacity: .8; } .fill-2 { fill: var(--s2); opacity: .85; }
.fill-reliable { fill: var(--reliable); background: var(--reliable); }
.fill-uncertain { background: var(--uncertain); }
.fill-unfamiliar { background: var(--unfamiliar); }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 2px 18px; margin: 4px 0 0;
  padding: 0 0 0 8px; font-size: .875rem; }
.legend li { display: flex; align-items: center; gap: 7px; }
.key { width: 26px; height: 10px; flex: none; }
.swatch { width: 14px; height: 14px; border-radius: 3px; }
.bar-row { display: grid; grid-template-columns: minmax(110px, 190px) 1fr; gap: 12px;
  align-items: center; margin: 7px 0; }
.bar { display: flex; height: 28px; border-radius: 6px; overflow: hidden; background: var(--grid); }
.part { color: #ffffff; font-size: .82rem; font-weight: 600; line-height: 28px; text-align: center;
  overflow: hidden; white-space: nowrap; }
.bars .legend { margin-top: 10px; padding: 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; margin: 12px 0; font-size: .92rem;
  font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--muted); padding-bottom: 6px; }
th, td { padding: 5px 14px 5px 0; border-bottom: 1px solid var(--rule); text-align: left;
  vertical-align: baseline; }
thead th { color: var(--muted); font-weight: 600; }
tbody th { font-weight: 500; }
.matrix th, .matrix td { padding: 6px 3px; min-width: 38px; text-align: center;
  border: 1px solid var(--card); }
.matrix td.right { background: color-mix(in srgb, var(--reliable) var(--weight), var(--card)); }
.matrix td.wrong { background: color-mix(in srgb, var(--wrong) var(--weight), var(--card)); }
.matrix td.none { color: var(--rule); }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(92px, 1fr));
  gap: 16px 12px; margin: 14px 0; }
figure { margin: 0; font-size: .82rem; line-height: 1.35; text-align: center; }
figure img { width: 84px; height: 84px; object-fit: contain; background: #808080;
  image-rendering: pixelated; border-radius: 6px; display: block; margin: 0 auto 5px; }
.reliable { color: var(--reliable); } .uncertain { color: var(--uncertain); }
.unfamiliar { color: var(--unfamiliar); } .reliable, .uncertain, .unfamiliar { font-weight: 600; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 20px; margin: 8px 0; }
dt { color: var(--muted); } dd { margin: 0; overflow-wrap: anywhere; }
footer { padding-top: 6px; padding-bottom: 40px; font-size: .9rem; }
@media (prefers-color-scheme: dark) { .part { color: #10141a; } }
@media (max-width: 480px) {
  header, main, footer { padding-left: 8px; padding-right: 8px; } header { padding-top: 14px; }
  section { padding: 14px 12px; }
  .plot text { font-size: 17px; }
  .bar-row { grid-template-columns: minmax(0, 1fr); gap: 2px; }
  dl { grid-template-columns: minmax(0, 1fr); gap: 0; } dd { margin-bottom: 6px; } }
.narrow { display: none; }
@media (max-width: 640px) {
  .narrow { display: block; } .wide { display: none; } .slim { font-size: 0; }
  .scroll { overflow: visible; } .rows { width: 100%; } .rows thead { display: none; }
  .rows, .rows caption, .rows tbody, .rows tr, .rows th, .rows td { display: block; }
  .rows tr { padding: 6px 0; border-bottom: 1px solid var(--rule); }
  .rows th, .rows td { padding: 1px 0; border: 0; overflow-wrap: anywhere; }
  .rows th { font-weight: 600; }
  .rows th[data-head]::before { content: attr(data-head) ": "; color: var(--muted); }
  .rows td[data-head] { display: flow-root; padding-left: 9rem; }
  .rows td[data-head]::before { content: attr(data-head); float: left; width: 8.2rem;
    margin-left: -9rem; color: var(--muted); }
  .interval { white-space: normal; } }
@media (max-width: 380px) { .plot text { font-size: 20px; } }
@media print { section, .tile { break-inside: avoid; } body { background: none; } }
)css";

}  // namespace

std::string_view StyleSheet() { return kStyleSheet; }

}  // namespace credence::report::html
