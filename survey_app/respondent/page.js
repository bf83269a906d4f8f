(d=>{let f=d.forms[0],a=f.getAttribute("action"),e=self.errors,n=navigator,w=n.serviceWorker,x,
k=()=>{if(x&&d.hidden){x=0;let s=new URLSearchParams(new FormData(f)),c=w&&w.controller;s.set("go","keep");c?c.postMessage([a,"keep",s+""]):n.sendBeacon(a,s)}};
history.replaceState(0,"",a);e&&e.focus();
f.oninput=()=>x=1;f.onsubmit=()=>x=0;onpagehide=d.onvisibilitychange=k;
if(w&&self.indexedDB)onload=()=>w.controller||w.register("/p/sw.js",{updateViaCache:"all"}).catch(k);
else e=d.createElement("script"),e.src="/p/plain.js",d.body.append(e)})(document)
