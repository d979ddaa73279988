// Shows only rows that hold what somebody looks for; without it every row is there.
for (const box of document.querySelectorAll("input[data-filters]")) {
  const rows = [...document.querySelectorAll(box.dataset.filters)];
  const found = box.closest(".filter").querySelector("[role=status]");
  box.closest(".filter").hidden = false;
  box.addEventListener("input", () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      count += row.hidden ? 0 : 1;
    }
    found.textContent = words.length ? `${count} found` : "";
  });
}
