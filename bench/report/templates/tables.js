"use strict";
// Sorting by columns, filtering by text, the points of a figure that belong to a line, and curves to choose.

function sortBy(table, column, descending) {
  const text = (row) => row.cells[column].textContent.trim();
  const rows = [...table.tBodies[0].rows];
  const isNumber = rows.every((row) => text(row) === "" || !Number.isNaN(parseFloat(text(row))));
  const compare = isNumber
    ? (a, b) => parseFloat(text(a)) - parseFloat(text(b))
    : (a, b) => text(a).localeCompare(text(b), "en");
  const sign = descending ? -1 : 1;
  rows.sort((a, b) => (text(a) === "") - (text(b) === "") || sign * (text(a) === "" ? 0 : compare(a, b)));
  table.tBodies[0].append(...rows);
}

for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => head.firstChild.addEventListener("click", () => {
    const before = head.getAttribute("aria-sort");
    const descending = before === "none" ? "largestFirst" in head.dataset : before === "ascending";
    heads.forEach((other) => other.setAttribute("aria-sort", "none"));
    head.setAttribute("aria-sort", descending ? "descending" : "ascending");
    sortBy(table, column, descending);
  }));
}

for (const filter of document.querySelectorAll(".filter input")) {
  const rows = filter.closest("article").querySelector("table").tBodies[0].rows;
  filter.addEventListener("input", () => {
    const wanted = filter.value.toLowerCase();
    for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
  });
}

// The figure of a leaderboard marks its points by rank, which is the first column of its table.
for (const article of document.querySelectorAll("article")) {
  const points = [...article.querySelectorAll("figure [id^=rank-]")];
  if (!points.length) continue;
  const rows = [...article.querySelector("table").tBodies[0].rows];
  const choose = (rank, scroll) => {
    for (const point of points) point.classList.toggle("hot", point.id === `rank-${rank}`);
    for (const row of rows) {
      const isChosen = row.cells[0].textContent === rank;
      row.classList.toggle("hot", isChosen);
      if (isChosen && scroll) row.scrollIntoView({ block: "center" });
    }
  };
  for (const point of points) point.addEventListener("click", () => choose(point.id.slice(5), true));
  for (const row of rows.filter((one) => one.cells[0].textContent)) row.addEventListener("click", () => choose(row.cells[0].textContent, false));
}

// A figure of many curves names some; the others are offered below it.
for (const figure of document.querySelectorAll("figure")) {
  const curves = [...figure.querySelectorAll("[id^=curve-]")];
  if (!curves.length) continue;
  const choice = document.createElement("details"), summary = document.createElement("summary");
  summary.textContent = `${curves.length} more curves`;
  const labels = curves.map((curve, number) => {
    const label = document.createElement("label"), box = document.createElement("input");
    box.type = "checkbox";
    label.append(box, curve.id.slice("curve-".length));
    box.addEventListener("change", () => {
      curve.parentNode.append(curve); // before the others
      for (const one of [curve, label]) {
        one.style.setProperty("--colour", `hsl(${137 * number} 85% 35%)`);
        one.classList.toggle("hot", box.checked);
      }
    });
    return label;
  });
  choice.className = "curves";
  choice.append(summary, ...labels);
  figure.after(choice);
}
