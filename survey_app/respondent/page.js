(d=>{let f=d.forms[0],b=d.body.dataset.at||f&&"at"in f.dataset&&f.getAttribute("action"),e=d.getElementById("errors"),n=navigator,w=n.serviceWorker,x,
k=()=>{if(x&&d.hidden){x=0;let s=new URLSearchParams(new FormData(f));s.set("go","keep");let a=f.getAttribute("action"),c=w&&w.controller;c?c.postMessage([a,"keep",s+""]):n.sendBeacon(a,s)}};
b&&history.replaceState(null,"",b);e&&!("autofocus"in e)&&e.focus();
f&&n.sendBeacon&&(f.oninput=()=>x=1,f.onsubmit=()=>{x=0},d.addEventListener("visibilitychange",k),addEventListener("pagehide",k));
if(w&&self.indexedDB)onload=()=>w.controller||w.register("/p/sw.js",{updateViaCache:"all"}).catch(k);
else if(f&&b)e=d.createElement("script"),e.src="/p/plain.js",d.body.append(e)})(document)
