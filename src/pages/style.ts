// How pages look: one style for report and dashboard, on a desk, on a phone, in the dark and on paper. Nothing is fetched
// from anywhere. Colours of verdicts differ in lightness too, and are readable on their ground (3:1 for drawings, 4.5:1
// for text).

export const STYLE = `
:root{color-scheme:light dark;--ground:#f6f7f9;--card:#fff;--ink:#17202b;--soft:#566273;--line:#dfe3e9;--track:#e9ecf1;--accent:#0b5c8a;
--valid:#0e7a6b;--catch-all:#b3761a;--invalid:#c2371f;--disposable:#7a49b0;--unknown:#66758b;--alarm:#fdecea;--alarm-ink:#8a1f11}
@media (prefers-color-scheme:dark){:root{--ground:#0e1319;--card:#171e27;--ink:#e7ebf0;--soft:#a3afbf;--line:#2b3542;--track:#27303c;--accent:#7cc4ee;
--valid:#3dbda7;--catch-all:#e2aa45;--invalid:#f27a61;--disposable:#b78ee8;--unknown:#92a2b8;--alarm:#3d1c17;--alarm-ink:#ffc9be}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums}
main,.head,.foot{max-width:62rem;margin:0 auto;padding:0 1.25rem}
.head{padding-top:2.5rem}.foot{padding-top:1rem;padding-bottom:3rem;color:var(--soft);font-size:.875rem}
h1{font-size:clamp(1.6rem,4.5vw,2.35rem);line-height:1.15;letter-spacing:-.02em;margin:.2rem 0 .5rem;overflow-wrap:anywhere}
main h1{font-size:clamp(1.4rem,4vw,1.75rem)}
h2{font-size:1.2rem;letter-spacing:-.01em;margin:0 0 .25rem}
h3{font-size:1rem;margin:1.5rem 0 .25rem}
p{margin:.25rem 0 .75rem}
a{color:var(--accent)}
.over{color:var(--accent);font-weight:600;font-size:.8125rem;letter-spacing:.08em;text-transform:uppercase;margin:0}
.meta,.note{color:var(--soft);font-size:.9375rem}
.note{font-size:.875rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:1.5rem;margin:1.25rem 0}
.lead{font-size:clamp(1.15rem,3vw,1.45rem);line-height:1.35;font-weight:600;letter-spacing:-.01em;margin:0 0 .5rem}
.hero{display:grid;grid-template-columns:minmax(9rem,13rem) 1fr;gap:2rem;align-items:center}
.dial{position:relative}
.dial .mid{position:absolute;inset:0;display:flex;flex-direction:column;align-items:center;justify-content:center;text-align:center}
.dial b{font-size:1.75rem;line-height:1.1;letter-spacing:-.02em}.dial small{color:var(--soft)}
svg{display:block;width:100%;height:auto}
.ring *{fill:none;stroke-width:13;stroke:currentColor}.ring .track,svg .track{color:var(--track);fill:var(--track)}.ring .track{fill:none}
svg rect{fill:currentColor}svg .touch{fill:transparent}svg .touch:hover{fill:var(--track)}
svg rect,svg circle{transition:x .6s,y .6s,width .6s,height .6s,stroke-dasharray .6s,stroke-dashoffset .6s}
.bar{height:.5rem;border-radius:.25rem;margin-top:.4rem}
.valid{color:var(--valid)}.catch-all{color:var(--catch-all)}.invalid{color:var(--invalid)}.disposable{color:var(--disposable)}.unknown{color:var(--unknown)}.deferred{color:var(--track)}.plain{color:var(--accent)}
.dot{display:inline-block;width:.75rem;height:.75rem;border-radius:50%;background:currentColor;margin-right:.5rem;vertical-align:-.05rem}
.grid{stroke:var(--line);stroke-width:1;vector-effect:non-scaling-stroke}
.columns{display:grid;grid-template-columns:auto 1fr;gap:.6rem;margin-top:1rem}
.columns svg{height:11rem}
.scale{display:flex;flex-direction:column;justify-content:space-between;height:11rem;text-align:right;font-size:.75rem;line-height:1;color:var(--soft);margin:-.35rem 0;height:11.7rem}
.along{display:flex;justify-content:space-between;font-size:.75rem;color:var(--soft);margin-top:.4rem}
.keys{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;padding:0;margin:.75rem 0 0;list-style:none;font-size:.875rem}
.keys .dot{width:.65rem;height:.65rem}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.6rem .75rem .6rem 0;border-top:1px solid var(--line)}
thead th{border-top:0;color:var(--soft);font-size:.8125rem;font-weight:600;padding-top:.25rem;padding-bottom:.35rem}
tbody th{font-weight:600}
td small,th small{display:block;color:var(--soft);font-weight:400;font-size:.875rem;line-height:1.4}
.num{text-align:right;white-space:nowrap;padding-right:0;padding-left:.75rem}
.short{white-space:nowrap}.narrow{display:none}.wide{width:100%}
bdi,code{overflow-wrap:anywhere}
.saved{margin:.25rem 0 .75rem;padding-left:1.25rem}
code{font:.8125rem/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
.say{display:block;margin-top:.3rem;color:var(--soft)}
details{margin-top:1rem}summary{cursor:pointer;color:var(--accent);font-size:.9375rem}
.alarm{background:var(--alarm);color:var(--alarm-ink);border-radius:10px;padding:.75rem 1rem;margin:1rem 0}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:1rem;margin:1rem 0 0}.tiles div{display:flex;flex-direction:column-reverse;justify-content:flex-end}
.tiles dt{color:var(--soft);font-size:.875rem}.tiles dd{margin:0;font-size:1.5rem;font-weight:650;letter-spacing:-.02em;line-height:1.2}
.bad{color:var(--invalid);font-weight:600}.track{color:var(--track)}
.group th{padding-top:1.1rem}tbody:first-of-type .group th{border-top:0}
.bar-head{display:flex;justify-content:space-between;align-items:center;padding-top:1.25rem}.bar-head a{text-decoration:none}
.frame{max-width:62rem;margin:0 auto;padding:0 1.25rem}
.state{font-size:.8125rem;font-weight:600;color:var(--valid)}.state::before{content:"";display:inline-block;width:.55rem;height:.55rem;border-radius:50%;background:currentColor;margin-right:.4rem}
.state.off{color:var(--invalid)}
summary bdi{font-weight:600}.story{margin:.5rem 0 0;padding-left:1.2rem}.story div{display:grid;grid-template-columns:7rem 1fr;gap:.5rem;padding:.2rem 0;font-size:.9375rem}
.story dt{color:var(--soft)}.story dd{margin:0;overflow-wrap:anywhere}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
@media (max-width:38rem){main,.head,.foot{padding-left:1rem;padding-right:1rem}.head{padding-top:1.5rem}.card{padding:1.1rem;border-radius:12px}
.frame{padding:0 1rem}.story{padding-left:0}.story div{grid-template-columns:1fr;gap:0}.tiles{grid-template-columns:1fr 1fr}.hero{grid-template-columns:1fr;gap:1rem}.dial{max-width:12rem;margin:0 auto}th,td{padding-right:.5rem}.num{padding-left:.5rem;padding-right:0}.spare{display:none}td small.narrow,th small.narrow{display:block;color:var(--ink);margin-top:.25rem}}
@media (prefers-reduced-motion:reduce){svg rect,svg circle{transition:none}}
@media print{:root{color-scheme:light;--ground:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#ccc;--track:#e9ecf1;--accent:#0b5c8a;--valid:#0e7a6b;--catch-all:#b3761a;--invalid:#c2371f;--disposable:#7a49b0;--unknown:#66758b}
@page{size:A4;margin:15mm}body{font-size:10pt}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
main,.head,.foot{max-width:none;padding-left:0;padding-right:0}.head{padding-top:0}.card{border:0;border-top:1px solid var(--line);border-radius:0;padding:1rem 0 0;margin:1rem 0 0}
tr,figure,.hero,.columns{break-inside:avoid}h2,h3,.meta,thead{break-after:avoid}details,.off-paper{display:none}thead{display:table-header-group}}
`;
