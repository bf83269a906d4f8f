(d=>{let f=d.forms[0],b=d.body.dataset.at,e=d.getElementById("errors"),n=navigator,x,
k=()=>{if(x&&d.hidden){x=0;let s=new URLSearchParams(new FormData(f));s.set("go","keep");n.sendBeacon(f.getAttribute("action"),s)}};
b&&history.replaceState(null,"",b);e&&!("autofocus"in e)&&e.focus();
f&&n.sendBeacon&&(f.oninput=()=>x=1,f.onsubmit=()=>{x=0},d.addEventListener("visibilitychange",k),addEventListener("pagehide",k))})(document)
