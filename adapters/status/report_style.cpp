// How the page looks, and the few lines that sort and filter its long table. Both stand inside the page, and
// their hashes in its policy: nothing else runs or is loaded.
#include "adapters/status/report_parts.hpp"

namespace leafgate::status {

const std::string_view report_style = R"css(
:root{color-scheme:light dark;--paper:#fdfcf9;--ink:#1d2126;--quiet:#5d646c;--rule:#d8d5cc;--band:#f3f1ea;
--good:#1c6b3c;--warn:#8a5200;--bad:#a8201a;--area:#c9d6e2;--line:#3f6284;--link:#24527a}
@media(prefers-color-scheme:dark){:root{--paper:#15181b;--ink:#e3e1db;--quiet:#9aa1a8;--rule:#33383d;
--band:#1d2125;--good:#6cc58d;--warn:#e0a94f;--bad:#f2877c;--area:#2c3f52;--line:#8fb4d8;--link:#8fbbe6}}
*{box-sizing:border-box}
html{background:var(--paper);color:var(--ink);-webkit-text-size-adjust:100%}
body{margin:0 auto;padding:2.2rem 1.6rem 4rem;max-width:74rem;
font:15px/1.5 "Source Sans 3","Segoe UI",Roboto,"Helvetica Neue",Arial,"Liberation Sans",sans-serif;
font-variant-numeric:tabular-nums;overflow-wrap:break-word}
h1,h2,.sentence{font-family:Charter,"Bitstream Charter","Iowan Old Style",Cambria,Georgia,"DejaVu Serif",serif}
h1{font-size:2rem;line-height:1.15;margin:0;font-weight:600;letter-spacing:-.01em}
h2{font-size:1.2rem;line-height:1.3;margin:0 0 .7rem;font-weight:600}
h3{font-size:1rem;margin:1rem 0 .3rem}
a{color:var(--link)}
p{margin:.3rem 0;max-width:60rem}
.lead{color:var(--quiet);margin:.35rem 0 0}
.sentence{font-size:1.55rem;line-height:1.3;margin:1.5rem 0 .2rem;max-width:46rem}
.sentence b{font-weight:600}
.bar{display:block;width:100%;max-width:46rem;height:10px;margin:.6rem 0 .2rem}
.bar .all{fill:var(--rule)}.bar .ready{fill:var(--good)}
nav{margin:1.4rem 0 0;padding:.5rem 0;border-top:1px solid var(--rule);border-bottom:1px solid var(--rule);
font-size:.9rem;line-height:1.9}
nav a{margin-right:1.1rem;text-decoration:none;white-space:nowrap}
nav a:hover,nav a:focus{text-decoration:underline}
section{margin-top:2.3rem}
.s{white-space:nowrap}
.s::before{content:"";display:inline-block;width:.6em;height:.6em;border-radius:50%;background:currentColor;
margin-right:.45em}
.good{color:var(--good)}.warn{color:var(--warn)}.bad{color:var(--bad)}.quiet{color:var(--quiet)}
dl.figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(13.5rem,1fr));gap:0 1.6rem;margin:0}
dl.figures div{border-top:1px solid var(--rule);padding:.4rem 0 .5rem}
dt{color:var(--quiet);font-size:.85rem}
dd{margin:0}
dl.figures dd{font-size:1.05rem}
dd small,td small{color:var(--quiet);font-size:.85rem}
.mode{border-left:4px solid var(--bad);padding:.1rem 0 .1rem .9rem;margin:0 0 1rem}
.mode p::first-letter{text-transform:uppercase}
.mode h3{margin:0;color:var(--bad);font-family:inherit}
.scroll{overflow-x:auto;margin:0 0 .8rem}
.scroll:focus-visible{outline:2px solid var(--link);outline-offset:2px}
table{border-collapse:collapse;font-size:.88rem;line-height:1.4}
#all-leaves{width:100%}
caption{text-align:left;color:var(--quiet);padding:0 0 .35rem;font-size:.88rem}
th,td{text-align:left;vertical-align:top;padding:.26rem 0}
th,td{padding-right:1.4rem}
th:last-child,td:last-child{padding-right:0}
thead th{border-bottom:1.5px solid var(--ink);font-weight:600;white-space:nowrap;vertical-align:bottom}
tbody td,tbody th{border-bottom:1px solid var(--rule)}
tbody th{font-weight:400}
tbody tr:hover>*{background:var(--band)}
.num{text-align:right;white-space:nowrap}
.id{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace;font-size:.92em;
white-space:nowrap}
.w{white-space:nowrap}
code{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace;font-size:.92em;
background:var(--band);padding:.05em .3em;border-radius:3px}
th button{all:unset;cursor:pointer}
th button:focus-visible{outline:2px solid var(--link)}
th[aria-sort=ascending] button::after{content:" \25B4"}
th[aria-sort=descending] button::after{content:" \25BE"}
.find{margin:.2rem 0 .7rem}
.find input{font:inherit;color:inherit;background:var(--paper);border:1px solid var(--quiet);border-radius:3px;
padding:.2rem .5rem;width:20rem;max-width:100%}
svg.time{display:block;width:100%;min-width:40rem;height:auto}
svg.time text{fill:var(--quiet);font-size:11px;font-family:inherit}
svg.time .up{fill:var(--good)}svg.time .down{fill:var(--bad)}svg.time .none{fill:var(--rule)}
svg.time .area{fill:var(--area)}svg.time .edge{fill:none;stroke:var(--line);stroke-width:1.3}
svg.time .tick{stroke:var(--rule);stroke-width:1}
footer{margin-top:3rem;padding-top:.6rem;border-top:1px solid var(--rule);color:var(--quiet);font-size:.85rem}
@media(max-width:40rem){body{padding:1.2rem 1rem 3rem}h1{font-size:1.6rem}.sentence{font-size:1.25rem}
dl.figures{grid-template-columns:1fr 1fr;gap:0 1rem}
td:last-child:not(.num){min-width:13rem}}
@media print{:root{color-scheme:light;--paper:#fff;--ink:#000;--quiet:#444;--rule:#bbb;--band:#fff;--good:#145a30;
--warn:#704300;--bad:#98150f;--area:#c9d6e2;--line:#3f6284;--link:#000}
@page{size:A4;margin:16mm 14mm 18mm}
body{padding:0;max-width:none;font-size:9.5pt}
nav,.find{display:none}
a{color:inherit;text-decoration:none}
section{margin-top:7mm}
h2,h3,caption{break-after:avoid}
tr,.mode,dl.figures div,svg{break-inside:avoid}
thead{display:table-header-group}
.scroll{overflow:visible}
table{font-size:8.2pt}
dl.figures{grid-template-columns:1fr 1fr 1fr}
th,td{padding-right:.8rem}
.id{white-space:normal}
th.id{overflow-wrap:anywhere;min-width:9em}
svg.time{min-width:0}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
tbody tr:hover>*{background:none}}
)css";

// The words to be found stand behind the '#', so that they survive the page's asking for itself again.
const std::string_view report_script = R"js(
(function(){
var table=document.getElementById("all-leaves"),find=document.getElementById("find");
if(!table||!find)return;
var body=table.tBodies[0],rows=Array.prototype.slice.call(body.rows),field=find.querySelector("input");
var told=find.querySelector("output");
find.hidden=false;
function apply(){
var words=field.value.toLowerCase().split(/\s+/).filter(Boolean),shown=0;
rows.forEach(function(row){
var text=row.textContent.toLowerCase();
row.hidden=!words.every(function(word){return text.indexOf(word)>=0});
if(!row.hidden)shown++});
told.textContent=words.length?shown+" of "+rows.length:"";
history.replaceState(null,"",field.value?"#find="+encodeURIComponent(field.value):location.pathname+location.search)}
field.addEventListener("input",apply);
Array.prototype.forEach.call(table.tHead.rows[0].cells,function(head,column){
var button=document.createElement("button");
button.textContent=head.textContent;head.textContent="";head.appendChild(button);
button.addEventListener("click",function(){
var down=head.getAttribute("aria-sort")==="ascending";
Array.prototype.forEach.call(table.tHead.rows[0].cells,function(other){other.removeAttribute("aria-sort")});
head.setAttribute("aria-sort",down?"descending":"ascending");
rows.sort(function(a,b){
return(down?-1:1)*a.cells[column].textContent.localeCompare(b.cells[column].textContent,"en",{numeric:true})});
rows.forEach(function(row){body.appendChild(row)})})});
if(location.hash.indexOf("#find=")===0){
try{field.value=decodeURIComponent(location.hash.slice(6))}catch(e){}
apply()}
})();
)js";

}  // namespace leafgate::status
