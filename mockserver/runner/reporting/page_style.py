"""The style of the HTML report: one sheet for light and dark, no font, image or script from anywhere."""

from typing import Final

STYLE: Final = """
:root {
  color-scheme: light dark;
  --paper: #f6f7f9; --card: #fff; --ink: #1b2330; --soft: #5b6677; --line: #dfe4ea; --well: #eef1f5;
  --error: #c62f3b; --warning: #9a6400; --info: #2463b8; --fine: #1d7f4a;
  --error-well: #fdecee; --warning-well: #fdf3df; --info-well: #e9f1fc; --fine-well: #e5f5ec;
  --first: #6f8fb5; --busy: #2f6fd0; --next: #1f8a98; --stop: #b9770a; --good: #23895a; --halt: #75659b; --bad: #c4424c;
  --gone: #7d8794; --late: #96653c;
  --shade: 0 1px 2px rgb(20 30 45 / .07), 0 3px 12px rgb(20 30 45 / .05);
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #10151c; --card: #19202a; --ink: #e6eaf0; --soft: #98a4b5; --line: #2c3644; --well: #121820;
    --error: #ff7b85; --warning: #eab350; --info: #79b0f7; --fine: #5fcf95;
    --error-well: #3a1d23; --warning-well: #352a14; --info-well: #19293f; --fine-well: #16311f;
    --first: #587699; --busy: #3a76cf; --next: #23808d; --stop: #a56c10; --good: #27805a; --halt: #71629a; --bad: #b8404b;
    --gone: #5d6875; --late: #875c38; --shade: 0 1px 2px rgb(0 0 0 / .4);
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif;
}
main { max-width: 70rem; margin: 0 auto; padding: 2.2rem 1.4rem 4rem; }
code, .mono, ol.story { font-family: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .86em; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: .2rem 0 .35rem; letter-spacing: -.015em; }
h2 { font-size: 1.12rem; margin: 2.6rem 0 .9rem; display: flex; gap: .6rem; align-items: baseline; }
h2 small { color: var(--soft); font-weight: 400; font-size: .88rem; }
h3 .tag { font-size: .78rem; }
h3 { font-size: 1rem; line-height: 1.45; margin: 0; font-weight: 600; overflow-wrap: anywhere; }
.brand { color: var(--soft); font-size: .82rem; letter-spacing: .04em; }
.why { color: var(--soft); margin: 0; overflow-wrap: anywhere; }
.verdict { border-left: 5px solid var(--tone); padding-left: 1.1rem; }
.tone-0 { --tone: var(--fine); } .tone-1, .tone-2 { --tone: var(--error); } .tone-3 { --tone: var(--warning); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.4rem, 1fr)); gap: .7rem; margin: 1.5rem 0 0; padding: 0; list-style: none; }
.tiles li, article { background: var(--card); border: 1px solid var(--line); border-radius: 10px; box-shadow: var(--shade); }
.tiles li { padding: .7rem .95rem .6rem; }
.tiles b { display: block; font-size: 1.5rem; line-height: 1.2; font-variant-numeric: tabular-nums; letter-spacing: -.02em; }
.tiles span { color: var(--soft); font-size: .82rem; }
.tiles .error b { color: var(--error); } .tiles .warning b { color: var(--warning); } .tiles .info b { color: var(--info); }
.tiles .fine b { color: var(--fine); }
article { margin: 0 0 .9rem; padding: 1rem 1.2rem 1.05rem; }
.finding { border-left: 4px solid var(--tone); }
.error { --tone: var(--error); --tone-well: var(--error-well); } .warning { --tone: var(--warning); --tone-well: var(--warning-well); }
.info { --tone: var(--info); --tone-well: var(--info-well); } .fine { --tone: var(--fine); --tone-well: var(--fine-well); }
.tags { display: flex; flex-wrap: wrap; gap: .4rem; align-items: center; margin-bottom: .45rem; font-size: .78rem; }
.tag { padding: .06rem .5rem; border-radius: 99px; background: var(--well); color: var(--soft); font-weight: 400; overflow-wrap: anywhere; }
.tag.tone { background: var(--tone-well); color: var(--tone); font-weight: 600; }
.times { font-weight: 600; color: var(--soft); }
ol.story { list-style: none; margin: .8rem 0 0; padding: .5rem .9rem .5rem .2rem; background: var(--well); border-radius: 8px; counter-reset: n; line-height: 1.75; display: grid; grid-template-columns: 2.2rem max-content 1fr; column-gap: .9rem; }
ol.story li { counter-increment: n; display: grid; grid-column: 1 / -1; grid-template-columns: subgrid; }
ol.story li::before { content: counter(n); color: var(--soft); text-align: right; }
ol.story .when { color: var(--soft); white-space: nowrap; } ol.story .call { overflow-wrap: anywhere; }
ol.story li:last-child .answer { color: var(--tone); font-weight: 600; }
.answer { white-space: nowrap; } .arrow { color: var(--soft); }
dl { display: grid; grid-template-columns: 6rem 1fr; gap: .2rem 1rem; margin: .8rem 0 0; font-size: .9rem; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
dd code { background: var(--well); padding: .1rem .38rem; border-radius: 5px; }
.job h3 { font-weight: 600; } .job .mono { font-weight: 400; }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1rem; margin: .75rem 0 0; font-size: .8rem; color: var(--soft); }
.legend i { display: inline-block; width: .72rem; height: .72rem; border-radius: 3px; background: var(--hue); margin-right: .38rem; vertical-align: -.06rem; }
.scroll { overflow-x: auto; margin: .8rem 0 0; }
.track { position: relative; min-width: 36rem; height: 6.1rem; margin: 0 1rem; }
.grid { position: absolute; top: 0; bottom: 1.45rem; width: 1px; background: var(--line); }
.tick { position: absolute; bottom: 0; transform: translateX(-50%); font-size: .73rem; color: var(--soft); white-space: nowrap; font-variant-numeric: tabular-nums; }
.band, .gap { position: absolute; top: .15rem; height: 1.75rem; }
.band { background: var(--hue); border-radius: 5px; min-width: .7rem; margin-left: -.35rem; padding: 0 .5rem; color: #fff; font-size: .78rem; line-height: 1.75rem; overflow: hidden; white-space: nowrap; text-overflow: ellipsis; box-shadow: 0 0 0 2px var(--card); z-index: 1; }
.band.bare { padding: 0; }
.gap { top: .62rem; height: .8rem; background: repeating-linear-gradient(115deg, var(--line) 0 3px, transparent 3px 7px); }
.mark { position: absolute; top: 2.75rem; width: .72rem; height: .72rem; margin-left: -.36rem; border-radius: 50%; background: var(--hue); box-shadow: 0 0 0 2px var(--card); z-index: 1; }
.mark.act { border-radius: 2px; transform: rotate(45deg); top: 2.7rem; width: .8rem; height: .8rem; margin-left: -.4rem; }
.mark.none { background: var(--card); border: 2px solid var(--soft); }
.mark.told { box-shadow: 0 0 0 2px var(--card), 0 0 0 4px var(--error); z-index: 2; }
.ok2 { --hue: var(--soft); } .ok4 { --hue: var(--warning); } .ok5 { --hue: var(--error); }
.number { position: absolute; top: 3.62rem; transform: translateX(-50%); font-size: .7rem; font-weight: 700; color: var(--error); }
.s-first { --hue: var(--first); } .s-busy { --hue: var(--busy); } .s-next { --hue: var(--next); } .s-stop { --hue: var(--stop); }
.s-good { --hue: var(--good); } .s-halt { --hue: var(--halt); } .s-bad { --hue: var(--bad); } .s-gone { --hue: var(--gone); }
.s-late { --hue: var(--late); }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th { text-align: left; color: var(--soft); font-weight: 500; font-size: .8rem; }
th, td { padding: .32rem .9rem .32rem 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
tr:last-child td { border-bottom: 0; } td.n { text-align: right; font-variant-numeric: tabular-nums; } th.n { text-align: right; }
footer { margin-top: 3rem; color: var(--soft); font-size: .82rem; }
@media (max-width: 40rem) {
  ol.story { grid-template-columns: 1.4rem 1fr; } ol.story .call { grid-column: 2; } dl { grid-template-columns: 1fr; gap: 0; } dt { margin-top: .4rem; }
}
@media print { body { background: #fff; } article { break-inside: avoid; box-shadow: none; } }
"""
