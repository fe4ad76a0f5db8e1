// How the report looks, on paper too; and the script that only adds to it: sorting of tables and
// the highlighting of a line.

/// The page's style sheet and script.
enum PageStyle {
    /// Colours have a contrast of 3 : 1 at least on their ground, text of 4.5 : 1.
    static let sheet = """
        :root { color-scheme: light dark;
          --paper: #fcfbf9; --card: #ffffff; --ink: #1f2328; --soft: #5b636d; --line: #e3e0da;
          --accent: #2b5f8f; --warn: #8a5a00; --warnground: #fdf6e6;
          --c0: #2563a8; --c1: #b8521a; --c2: #2e7d4f; --c3: #7b4ea3; --c4: #b3263a;
          --c5: #14757f; --c6: #7a5a2f; --c7: #5f6670; }
        @media (prefers-color-scheme: dark) { :root {
          --paper: #15181c; --card: #1b1f24; --ink: #e6e4df; --soft: #a3abb5; --line: #31373f;
          --accent: #8dbde8; --warn: #e8c06a; --warnground: #2a2415;
          --c0: #7db3f0; --c1: #f0a06a; --c2: #7fcf9d; --c3: #c3a0ea; --c4: #f08a94;
          --c5: #6fcbd6; --c6: #d3b07a; --c7: #b4bac2; } }
        * { box-sizing: border-box; }
        html { -webkit-text-size-adjust: 100%; }
        body { margin: 0 auto; max-width: 70rem; padding: 2.5rem clamp(1rem, 4vw, 2.5rem) 3rem;
          background: var(--paper); color: var(--ink);
          font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
          overflow-wrap: break-word; }
        h1 { font-size: clamp(1.6rem, 4.5vw, 2.3rem); line-height: 1.2; margin: 0;
          font-weight: 650; letter-spacing: -.015em; }
        h2 { font-size: 1.25rem; margin: 0 0 .35rem; font-weight: 650; letter-spacing: -.01em; }
        h3 { font-size: 1rem; margin: 0 0 .6rem; font-weight: 600; }
        small { font-size: .85em; color: var(--soft); }
        .brand { margin: 0 0 .3rem; color: var(--accent); font-weight: 600; font-size: .9rem;
          letter-spacing: .02em; }
        .origin { color: var(--soft); margin: .6rem 0 1.6rem; font-size: .92rem; }
        .origin b { color: var(--ink); font-weight: 600; }
        .run + .run { margin-top: 3.5rem; border-top: 1px solid var(--line); padding-top: 1.5rem; }
        .part { margin-top: 2.8rem; }
        .note { color: var(--soft); margin: 0 0 1rem; max-width: 46rem; font-size: .95rem; }
        .summary { background: var(--card); border: 1px solid var(--line); border-radius: 12px;
          padding: 1.3rem clamp(1rem, 3vw, 1.7rem); }
        .summary p { margin: .3rem 0 .8rem; max-width: 56rem; }
        .summary dl { margin: 0; display: grid; gap: .75rem; }
        .summary dt { font-weight: 600; }
        .summary dd { margin: .05rem 0 0; max-width: 56rem; }
        .summary .noise { margin: 1rem 0 0; color: var(--soft); font-size: .95rem; }
        .forests { columns: 2 22rem; column-gap: 2.4rem; }
        .forest { break-inside: avoid; margin: 0 0 1.8rem; }
        .forest ol { list-style: none; margin: 0; padding: 0; }
        .forest li { display: grid; grid-template-columns: 1fr auto; gap: 0 .8rem;
          padding: .4rem 0 0; align-items: baseline; break-inside: avoid; }
        .forest b { font-weight: 600; }
        .facts { grid-column: 1 / -1; color: var(--soft); font-size: .85rem; }
        .value { font-variant-numeric: tabular-nums; text-align: right; white-space: nowrap; }
        .track { grid-column: 1 / -1; width: 100%; height: 16px; display: block; }
        .track line, .track path { vector-effect: non-scaling-stroke; fill: none; }
        .track .grid { stroke: var(--line); stroke-width: 1; }
        .track .one { stroke: var(--soft); stroke-width: 1; }
        .track .interval { stroke: var(--g); stroke-width: 4; stroke-opacity: .38; }
        .track .dot { stroke: var(--g); stroke-width: 9; stroke-linecap: round; }
        .reference { --g: var(--soft); } .g0 { --g: var(--c0); } .g1 { --g: var(--c1); }
        .g2 { --g: var(--c3); } .g3 { --g: var(--c2); } .g4 { --g: var(--c7); }
        .ticks { position: relative; height: 1.3rem; margin: .15rem 0 0; font-size: .76rem;
          color: var(--soft); font-variant-numeric: tabular-nums; }
        .ticks span { position: absolute; transform: translateX(-50%); white-space: nowrap; }
        .ticks span:first-child { transform: translateX(-35%); }
        .ticks span:last-child { transform: translateX(-75%); }
        @media (min-width: 56rem) {
          .forests.one { columns: 1; }
          .one .forest li { grid-template-columns: 26rem 1fr 13rem; align-items: center;
            gap: 0 1rem; padding: .25rem 0; line-height: 1.35; }
          .one .forest .facts { grid-column: 1; grid-row: 2; }
          .one .forest .track { grid-column: 2; grid-row: 1 / 3; }
          .one .forest .value { grid-column: 3; grid-row: 1 / 3; }
          .one .forest .ticks { margin: .15rem 14rem 0 27rem; } }
        .plots { display: grid; gap: 1.8rem 2.2rem;
          grid-template-columns: repeat(auto-fill, minmax(min(100%, 26rem), 1fr)); }
        .plot { margin: 0; min-width: 0; break-inside: avoid; }
        .plot figcaption { font-weight: 600; font-size: .95rem; margin-bottom: .4rem; }
        .plot > svg { width: 100%; height: auto; display: block; overflow: visible; }
        .plot text { fill: var(--soft); font: 11.5px system-ui, -apple-system, "Segoe UI", Roboto,
          "Noto Sans", sans-serif; font-variant-numeric: tabular-nums; }
        .plot .end { text-anchor: end; } .plot .mid { text-anchor: middle; }
        .axis line { stroke: var(--soft); stroke-width: 1; }
        .axis .grid { stroke: var(--line); }
        .s0 { --s: var(--c0); --d: none; } .s1 { --s: var(--c1); --d: 7 3; }
        .s2 { --s: var(--c2); --d: none; } .s3 { --s: var(--c3); --d: 3 3; }
        .s4 { --s: var(--c4); --d: 9 3 2 3; } .s5 { --s: var(--c5); --d: none; }
        .s6 { --s: var(--c6); --d: 5 2; } .s7 { --s: var(--c7); --d: 2 3; }
        .plot g path { fill: none; stroke: var(--s); stroke-width: 2; stroke-dasharray: var(--d);
          stroke-linejoin: round; stroke-linecap: round; }
        .plot .uncertain path { stroke-dasharray: 1 5; stroke-opacity: .8; }
        .plot circle { fill: var(--s); stroke: var(--paper); stroke-width: 1.2; }
        .plot .whisker { stroke: var(--s); stroke-width: 1.2; stroke-opacity: .55; }
        .plot .faint path { stroke-width: 1; stroke-opacity: .28; stroke-dasharray: none; }
        .plot .rule { stroke: var(--s); stroke-width: 1.2; stroke-dasharray: 2 3; }
        .plot g.rule path { stroke-width: 1.2; stroke-dasharray: 2 3; }
        .plot .strip { fill: var(--c2); fill-opacity: .5; }
        .plot.picked g[class^="s"]:not(.on) { opacity: .15; }
        .legend { list-style: none; margin: .35rem 0 0; padding: 0; display: flex; flex-wrap: wrap;
          gap: .15rem 1rem; font-size: .84rem; color: var(--soft); }
        .legend li { display: inline-flex; align-items: center; gap: .4rem; }
        .legend .axisname { flex-basis: 100%; }
        .swatch { width: 26px; height: 10px; flex: none; }
        span.swatch.strip { background: var(--c2); opacity: .5; height: 6px; }
        .keys { margin: 0 0 1.1rem; }
        .keys i { width: .7rem; height: .7rem; border-radius: 50%; background: var(--g); }
        .scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 10px;
          background: var(--card); margin: 0 0 1rem; }
        .scroll:focus-visible { outline: 2px solid var(--accent); }
        table { border-collapse: collapse; width: 100%; font-size: .88rem;
          font-variant-numeric: tabular-nums; }
        caption { text-align: left; padding: .7rem .8rem .3rem; font-weight: 600; }
        th, td { padding: .36rem .8rem; text-align: left; border-top: 1px solid var(--line);
          vertical-align: top; }
        thead th { border-top: 0; color: var(--soft); font-weight: 600; white-space: nowrap; }
        tbody th { font-weight: 500; }
        td.n, th.n { text-align: right; white-space: nowrap; }
        .whole th, .whole td { white-space: nowrap; }
        thead th.sortable { cursor: pointer; }
        thead th[aria-sort="ascending"]::after { content: " ↑"; }
        thead th[aria-sort="descending"]::after { content: " ↓"; }
        .notes, .cells { color: var(--soft); font-size: .9rem; padding-left: 1.2rem; }
        .warnings { list-style: none; margin: .4rem 0 1rem; padding: .7rem 1rem;
          border-radius: 10px; background: var(--warnground); color: var(--warn);
          font-size: .92rem; }
        details { margin: 0 0 1rem; }
        summary { cursor: pointer; font-weight: 600; margin-bottom: .7rem; }
        a { color: var(--accent); }
        .downloads a { display: inline-block; border: 1px solid var(--line); border-radius: 8px;
          padding: .4rem .8rem; margin: 0 .4rem .4rem 0; text-decoration: none;
          background: var(--card); }
        footer { margin-top: 3.5rem; border-top: 1px solid var(--line); color: var(--soft);
          font-size: .85rem; }
        abbr { text-decoration: none; }
        @media print {
          @page { margin: 14mm; }
          :root { --paper: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #ccc; }
          body { padding: 0; max-width: none; font-size: 10.5pt; }
          .scroll { overflow: visible; border: 0; }
          .whole th, .whole td { white-space: normal; }
          table { font-size: 7.5pt; } th, td { padding: .15rem .3rem; }
          .plots { grid-template-columns: 1fr 1fr; gap: 1rem 1.4rem; }
          .forests { columns: 1; } .forest { break-inside: auto; }
          .forest li { grid-template-columns: 18rem 1fr 10.5rem; align-items: center;
            gap: 0 .8rem; padding: .12rem 0; line-height: 1.3; }
          .forest .facts { grid-column: 1; grid-row: 2; }
          .forest .track { grid-column: 2; grid-row: 1 / 3; }
          .forest .value { grid-column: 3; grid-row: 1 / 3; }
          .forest .ticks { margin: .1rem 11.3rem 0 18.8rem; }
          .downloads, .downloads + .note { display: none; }
          h2, h3, .note, .keys { break-after: avoid; } tr { break-inside: avoid; }
          * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
        }
        @media print and (prefers-color-scheme: dark) { :root { --accent: #2b5f8f;
          --warn: #8a5a00; --warnground: #fdf6e6; --c0: #2563a8; --c1: #b8521a; --c2: #2e7d4f;
          --c3: #7b4ea3; --c4: #b3263a; --c5: #14757f; --c6: #7a5a2f; --c7: #5f6670; } }
        """

    /// Runs if it may; the page is whole without it.
    static let script = """
        "use strict";
        for (const table of document.querySelectorAll("table")) {
          const heads = [...table.tHead.rows[0].cells];
          heads.forEach((head, column) => {
            if (!table.querySelector("[data-k]")) return;
            head.classList.add("sortable");
            head.tabIndex = 0;
            const sort = () => {
              const down = head.getAttribute("aria-sort") === "ascending";
              heads.forEach(other => other.removeAttribute("aria-sort"));
              head.setAttribute("aria-sort", down ? "descending" : "ascending");
              const key = row => row.cells[column].dataset.k;
              const order = (a, b) => {
                if (key(a) === "" || key(b) === "") return (key(a) === "") - (key(b) === "");
                const difference = key(a) - key(b);
                const result = Number.isNaN(difference) ? key(a).localeCompare(key(b)) : difference;
                return down ? -result : result;
              };
              const body = table.tBodies[0];
              body.append(...[...body.rows].sort(order));
            };
            head.addEventListener("click", sort);
            head.addEventListener("keydown", event => {
              if (event.key === "Enter" || event.key === " ") { event.preventDefault(); sort(); }
            });
          });
        }
        for (const plot of document.querySelectorAll(".plot")) {
          for (const entry of plot.querySelectorAll(".legend li")) {
            const line = entry.querySelector("g");
            if (!line) continue;
            const style = line.classList[0];
            entry.addEventListener("pointerenter", () => {
              plot.classList.add("picked");
              for (const g of plot.querySelectorAll("g." + style)) g.classList.add("on");
            });
            entry.addEventListener("pointerleave", () => {
              plot.classList.remove("picked");
              for (const g of plot.querySelectorAll("g.on")) g.classList.remove("on");
            });
          }
        }
        """
}
