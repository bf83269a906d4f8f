(d=>{let f=d.forms[0],b=d.body.dataset.at||f&&"at"in f.dataset&&f.getAttribute("action"),e=d.getElementById("errors"),w=navigator.serviceWorker;
b&&history.replaceState(null,"",b);e&&!("autofocus"in e)&&e.focus();
if(w&&self.indexedDB)onload=()=>w.controller||w.register("/p/sw.js",{updateViaCache:"all"}).catch(()=>0);
else if(f&&b)e=d.createElement("script"),e.src="/p/plain.js",d.body.append(e)})(document)
