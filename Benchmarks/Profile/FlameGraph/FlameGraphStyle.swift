// Colours and behaviour of the flame graph's page, as they stand in it.

enum FlameGraphStyle {
    /// One hue a stage, in the order of `Stage`; text is dark on all of them, in either scheme.
    static var css: String {
        let hues = [
            "#8fd19e", "#c5e17a", "#7ecbd6", "#f6a04d", "#f7d04e", "#e58fb3", "#b9a3e3", "#c99a6b",
            "#9fb8d9", "#ee7b6c", "#d9c7a3", "#b5d8c4", "#dddddd", "#d5b3d0", "#e0655f", "#f2b8a0",
            "#a9a9b8",
            "#cfcfcf",
        ]
        let stages = hues.enumerated().map {
            ".s\($0.offset){fill:\($0.element);background:\($0.element)}"
        }
        return """

            :root{color-scheme:light dark}
            body{font:14px system-ui,sans-serif;margin:1em;background:#fff;color:#222}
            h1{font-size:1.2em}
            .legend span{color:#111;padding:1px 6px;border-radius:3px;margin-right:2px;\
            display:inline-block;margin-bottom:3px}
            #detail{min-height:2.6em;font-family:ui-monospace,monospace;font-size:12px}
            svg.f{cursor:pointer;overflow:hidden}
            svg.f text{font:11px ui-monospace,monospace;fill:#111;pointer-events:none}
            svg.f:hover rect{stroke:#000;stroke-width:1.5}
            svg.f.hit rect{fill:#c03bd8!important}
            svg.f.hit text{fill:#fff}
            svg.f.caller{opacity:.55}
            @media (prefers-color-scheme:dark){
            body{background:#161618;color:#ddd}
            svg.f rect{filter:brightness(.86)}
            svg.f:hover rect{stroke:#fff}}
            @media print{.tools,#detail{display:none}}
            \(stages.joined(separator: "\n"))

            """
    }

    /// Zoom, search, hover, reset. Plain functions of the page's own elements; nothing is loaded.
    static let script = """

        (function(){
        "use strict";
        var graph=document.getElementById("graph"),
        detail=document.getElementById("detail"),
        hint=detail.textContent,
        search=document.getElementById("search"),
        found=document.getElementById("found"),
        frames=Array.prototype.slice.call(graph.querySelectorAll("svg.f")).map(function(e){
        return{e:e,x:+e.dataset.x,w:+e.dataset.w,y:+e.getAttribute("y"),
        t:e.querySelector("title").textContent};});
        document.querySelector(".tools").hidden=false;
        var edge=1e-3;
        function show(from){
        var x=from?from.x:0,w=from?from.w:100,y=from?from.y:-1;
        frames.forEach(function(f){
        var above=f.y<y&&f.x<=x+edge&&f.x+f.w>=x+w-edge,
        inside=f.y>=y&&f.x>=x-edge&&f.x+f.w<=x+w+edge;
        f.e.style.display=above||inside?"":"none";
        f.e.classList.toggle("caller",above);
        if(above){f.e.setAttribute("x","0%");f.e.setAttribute("width","100%");}
        else if(inside){f.e.setAttribute("x",((f.x-x)/w*100)+"%");
        f.e.setAttribute("width",(f.w/w*100)+"%");}});}
        function look(){
        var text=search.value,hit=null,covered=[],sum=0;
        if(text){try{hit=new RegExp(text,"i");}
        catch(error){found.textContent="no expression";return;}}
        frames.forEach(function(f){
        var is=hit!==null&&hit.test(f.t.split(" \\u00b7 ")[0]);
        f.e.classList.toggle("hit",is);
        if(is&&!covered.some(function(c){return f.x>=c.x-edge&&f.x+f.w<=c.x+c.w+edge;})){
        covered.push(f);sum+=f.w;}});
        found.textContent=hit===null?"":sum.toFixed(1)+" % in matching frames";}
        frames.forEach(function(f){
        f.e.addEventListener("click",function(){show(f);});
        f.e.addEventListener("mouseover",function(){detail.textContent=f.t;});
        f.e.addEventListener("mouseout",function(){detail.textContent=hint;});});
        document.getElementById("reset").addEventListener("click",function(){
        search.value="";look();show(null);});
        document.addEventListener("keydown",function(event){
        if(event.key==="Escape"){search.value="";look();show(null);}});
        search.addEventListener("input",look);
        })();

        """
}
