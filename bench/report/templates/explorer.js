"use strict";
// Image, ground truth, and the instances of two partitioners side by side, with their errors.

(() => {
  const section = document.getElementById("explorer");
  if (!section) return;
  const examples = JSON.parse(document.getElementById("examples").textContent);
  const form = section.querySelector("form");
  const { example: exampleChoice, left: leftChoice, right: rightChoice } = form.elements;
  const says = section.querySelector(".says");
  const canvases = Object.fromEntries([...section.querySelectorAll("canvas")].map((one) => [one.dataset.panel, one]));

  // Okabe and Ito's colours.
  const STATES = {
    right: ["right: IoU above one half", [0, 114, 178]],
    class: ["right shape, wrong class", [204, 121, 167]],
    merged: ["several true ones in one", [213, 94, 0]],
    part: ["a part of a true one", [230, 159, 0]],
    false: ["false", [0, 0, 0]],
    unscored: ["not scored: void or crowd", [190, 190, 190]],
  };
  const TRUTH = {
    both: ["found by both", [0, 114, 178]],
    left: ["by the left one only", [86, 180, 233]],
    right: ["by the right one only", [0, 158, 115]],
    none: ["missed by both", [0, 0, 0]],
  };
  const COLOURS = [[0, 114, 178], [230, 159, 0], [0, 158, 115], [204, 121, 167], [86, 180, 233], [213, 94, 0], [240, 228, 66]];

  const pixels = new Map(); // by address
  async function decode(address) {
    if (!pixels.has(address)) {
      const image = new Image();
      image.src = address;
      await image.decode();
      const canvas = document.createElement("canvas");
      canvas.width = image.naturalWidth;
      canvas.height = image.naturalHeight;
      const context = canvas.getContext("2d", { willReadFrequently: true });
      context.drawImage(image, 0, 0);
      pixels.set(address, context.getImageData(0, 0, canvas.width, canvas.height));
    }
    return pixels.get(address);
  }
  const label = (map, at) => map.data[4 * at] + 256 * map.data[4 * at + 1];

  let shown = null; // what the panels show
  let hot = 0; // the true instance that is outlined

  const chosen = () => examples[exampleChoice.value];
  const foundBy = (choice) => chosen().found[choice.value];
  const rightOnes = (found) => new Set(found.instances.filter((one) => one.state === "right").map((one) => one.true));

  async function show() {
    const example = chosen();
    const panels = { truth: example.truth, left: foundBy(leftChoice), right: foundBy(rightChoice) };
    const [image, ...maps] = await Promise.all(
      [example.image, ...Object.values(panels).map((one) => one.labels)].map(decode));
    hot = 0;
    shown = { image, panels, maps: Object.fromEntries(Object.keys(panels).map((name, at) => [name, maps[at]])) };
    shown.met = { left: rightOnes(panels.left), right: rightOnes(panels.right) };
    for (const name of ["left", "right"]) {
      canvases[name].previousElementSibling.textContent = `${panels[name].name} (${panels[name].group})`;
      canvases[name].nextElementSibling.textContent = count(panels[name], shown.met[name].size);
    }
    canvases.truth.nextElementSibling.textContent = `${trueOnes().length} instances`;
    canvases.image.nextElementSibling.textContent = `${example.name}, ${example.dataset}`;
    legend();
    paint();
    section.dataset.ready = [exampleChoice.value, leftChoice.value, rightChoice.value].join();
  }

  const trueOnes = () => shown.panels.truth.instances.filter((one) => one.class);

  function count(found, met) {
    const n = {};
    for (const one of found.instances) n[one.state] = (n[one.state] || 0) + 1;
    const names = { right: "right", class: "of the wrong class", merged: "merged", part: "parts", false: "false", unscored: "not scored" };
    const said = Object.keys(names).filter((state) => n[state]).map((state) => `${n[state]} ${names[state]}`);
    return `${said.join(", ") || "nothing found"}; ${trueOnes().length - met} missed`;
  }

  const byErrors = () => form.elements.colours.value === "errors";

  function truthState(true_) {
    const { left, right } = shown.met;
    return left.has(true_) ? (right.has(true_) ? "both" : "left") : right.has(true_) ? "right" : "none";
  }

  // The colour of an instance, and whether it is hatched.
  function look(panel, number) {
    if (panel === "truth") {
      return byErrors() ? [TRUTH[truthState(number)][1], truthState(number) === "none"] : [COLOURS[number % COLOURS.length], false];
    }
    const one = shown.panels[panel].instances[number - 1];
    if (byErrors()) return [STATES[one.state][1], one.state === "false"];
    return one.state === "right" ? [COLOURS[one.true % COLOURS.length], false] : [[190, 190, 190], true];
  }

  function trueOf(panel, number) {
    if (!number || panel === "truth") return number;
    const one = shown.panels[panel].instances[number - 1];
    return one.true;
  }

  function paint() {
    const { image } = shown;
    for (const [panel, canvas] of Object.entries(canvases)) {
      canvas.width = image.width;
      canvas.height = image.height;
      canvas.getContext("2d").putImageData(panel === "image" ? image : overlay(panel), 0, 0);
    }
  }

  function overlay(panel) {
    const { image } = shown, map = shown.maps[panel], { width, height } = image;
    const picture = new ImageData(width, height);
    const looks = new Map();
    for (let y = 0, at = 0; y < height; y++) {
      for (let x = 0; x < width; x++, at++) {
        const number = label(map, at);
        const grey = (image.data[4 * at] + image.data[4 * at + 1] + image.data[4 * at + 2]) / 3;
        let colour = [grey, grey, grey];
        if (number) {
          if (!looks.has(number)) looks.set(number, look(panel, number));
          const [tint, hatched] = looks.get(number);
          const part = hatched && (x + y) % 8 < 3 ? 0.1 : 0.65;
          colour = tint.map((value) => part * value + (1 - part) * grey);
        }
        const edge = (x + 1 < width && label(map, at + 1) !== number) || (y + 1 < height && label(map, at + width) !== number);
        if (edge) colour = [0, 0, 0];
        picture.data.set([...colour, 255], 4 * at);
      }
    }
    if (hot) outline(panel, map, picture);
    return picture;
  }

  // A white line with a black one inside, two pixels each, around what belongs to the true instance.
  function outline(panel, map, picture) {
    const { width, height } = picture;
    const isHot = (x, y) => x >= 0 && y >= 0 && x < width && y < height && trueOf(panel, label(map, y * width + x)) === hot;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        if (!isHot(x, y)) continue;
        const near = (d) => !(isHot(x - d, y) && isHot(x + d, y) && isHot(x, y - d) && isHot(x, y + d));
        if (near(2)) picture.data.set([255, 255, 255, 255], 4 * (y * width + x));
        else if (near(4)) picture.data.set([0, 0, 0, 255], 4 * (y * width + x));
      }
    }
  }

  function legend() {
    const entries = byErrors()
      ? [...Object.values(TRUTH).map(([text, colour]) => [`truth: ${text}`, colour]), ...Object.values(STATES)]
      : [];
    section.querySelector(".legend").replaceChildren(...entries.map(([text, colour]) => {
      const item = document.createElement("li"), patch = document.createElement("i");
      patch.style.background = `rgb(${colour})`;
      item.append(patch, text);
      return item;
    }));
  }

  function point(event, panel) {
    if (!shown) return;
    const box = canvases[panel].getBoundingClientRect(), { width, height } = shown.image;
    const x = Math.min(width - 1, Math.max(0, Math.floor((event.clientX - box.left) / box.width * width)));
    const y = Math.min(height - 1, Math.max(0, Math.floor((event.clientY - box.top) / box.height * height)));
    const number = panel === "image" ? 0 : label(shown.maps[panel], y * width + x);
    says.textContent = number ? tell(panel, number) : "\u00a0";
    if (trueOf(panel, number) !== hot) {
      hot = trueOf(panel, number);
      paint();
    }
  }

  function tell(panel, number) {
    const one = shown.panels[panel].instances[number - 1];
    if (panel === "truth") return `true ${one.class}: ${TRUTH[truthState(number)][0]}`;
    const true_ = one.true ? `, IoU ${one.iou.toFixed(2)} with a true ${shown.panels.truth.instances[one.true - 1].class}` : "";
    return `${one.class}, score ${one.score.toFixed(2)}: ${STATES[one.state][0]}${true_}`;
  }

  // Offer what was found, by groups; what was chosen before stays so where it is found again.
  function offer(choice, found, start) {
    const before = choice.selectedOptions[0]?.title;
    const options = found.map((one, at) => Object.assign(new Option(one.short, at), { title: `${one.name} (${one.group})` }));
    const groups = new Map(found.map(({ group }) => [group, document.createElement("optgroup")]));
    found.forEach(({ group }, at) => groups.get(group).append(options[at]));
    for (const [group, element] of groups) element.label = group;
    choice.replaceChildren(...groups.values());
    const again = options.findIndex((option) => option.title === before);
    choice.value = again < 0 ? Math.min(start, found.length - 1) : again;
  }

  function offerPartitioners() {
    offer(leftChoice, chosen().found, 0);
    offer(rightChoice, chosen().found, 1);
  }

  exampleChoice.replaceChildren(...examples.map((one, at) => new Option(`${one.dataset}: ${one.name}`, at)));
  offerPartitioners();
  exampleChoice.addEventListener("change", offerPartitioners);
  form.addEventListener("change", show);
  for (const [panel, canvas] of Object.entries(canvases)) {
    canvas.addEventListener("pointermove", (event) => point(event, panel));
    canvas.addEventListener("pointerdown", (event) => point(event, panel));
  }
  show();
})();
