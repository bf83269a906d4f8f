(d=>{let f=d.forms[0],b=d.body.dataset.at,e=d.getElementById("errors"),o=d.getElementById("off"),n=navigator,w=n.serviceWorker,x,y,
k=()=>{if(x&&d.hidden){x=0;let s=new URLSearchParams(new FormData(f));s.set("go","keep");let a=f.getAttribute("action"),c=w&&w.controller;
c?c.postMessage({what:"keep",path:a,body:s+""}):n.sendBeacon(a,s)}};
b&&history.replaceState(null,"",b);e&&!("autofocus"in e)&&e.focus();
f&&n.sendBeacon&&(f.oninput=()=>x=1,f.onsubmit=()=>{x=0},d.addEventListener("visibilitychange",k),addEventListener("pagehide",k));
if(w&&self.indexedDB)w.controller||addEventListener("load",()=>w.register("/p/sw.js").catch(()=>0));
else if(o)f.onclick=v=>{let s=v.target.closest("button"),l=()=>{o.hidden=!1;o.focus()};
if(s&&!y){v.preventDefault();setTimeout(l,2e4);fetch(b,{method:"HEAD"}).then(r=>r.headers.has("CCHC-Kept")?(y=1,s.click(),y=0):l(),l)}}})(document)
