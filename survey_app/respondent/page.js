(d=>{let f=d.forms[0],b=d.body.dataset.at,e=d.getElementById("errors"),x;
b&&history.replaceState(null,"",b);e&&!("autofocus"in e)&&e.focus();
if(!f||!navigator.sendBeacon)return;
f.oninput=()=>x=1;f.onsubmit=()=>{x=0};
let k=()=>{if(x&&d.visibilityState=="hidden"){x=0;let s=new URLSearchParams(new FormData(f));s.set("go","keep");navigator.sendBeacon(f.getAttribute("action"),s)}};
d.addEventListener("visibilitychange",k);addEventListener("pagehide",k)})(document)
