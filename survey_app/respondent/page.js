(d=>{d.at&&history.replaceState(null,"",d.at);let e=document.getElementById("errors");e&&e.focus()})(document.body.dataset)
