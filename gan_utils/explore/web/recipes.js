// The trained networks that a page has, by name.
//
//   addNetwork(name, facts)       called by the scripts that Python writes (weights/NAME.js,
//                                 or inside the page). facts: {weights (base64 of a
//                                 safetensors file), input, layers, ...}
//   addBeside({name: labels})     names whose script weights/NAME.js lies beside the page,
//                                 and how many labels each knows (0: none)
//   networkNames(), labelsOf(name)
//   await networkFacts(name)      facts, after the script has been loaded if need be
//   await loadNetwork(facts, {gradient = false, mb = 64})   a network (network.js)
//   await loadRecipe(name, {gradient = false})
//       {name, G, D, score, engine, latentDim, labels, directions}: G and D are networks
//       (D: null where none ships), labels the number of labels (0: none), directions
//       an array of latents, engine what computes, in words. score(images, z) is D's
//       logit of a picture that G drew of z, null without D.

const NETWORKS = new Map();

function addNetwork(name, facts) {
  NETWORKS.set(name, facts);
}

function addBeside(names) {
  for (const [name, labels] of Object.entries(names)) {
    if (!NETWORKS.has(name)) NETWORKS.set(name, { labels });
  }
}

const networkNames = () => [...NETWORKS.keys()];
const labelsOf = (name) => NETWORKS.get(name).labels || 0;

// A script tag works from disk too, where fetch does not.
async function networkFacts(name) {
  if (NETWORKS.get(name).weights) return NETWORKS.get(name);
  const script = document.createElement("script");
  script.src = `weights/${name}.js`;
  await new Promise((done, failed) => {
    script.onload = done;
    script.onerror = () => failed(new Error(`weights/${name}.js is not there`));
    document.head.append(script);
  });
  return NETWORKS.get(name);
}

// matrix.wasm lies in the page, in a script tag of its own.
function matrixBytes() {
  const place = document.getElementById("matrix");
  return bytesOf(place ? place.textContent.trim() : "");
}

async function loadNetwork({ weights, input, layers }, { gradient = false, mb = 64 } = {}) {
  const memory = await bestMemory(matrixBytes(), mb);
  const made = network({ input, layers }, tensorsOf(bytesOf(weights)), memory, { gradient });
  return { ...made, engine: memory.engine };
}

async function loadRecipe(name, { gradient = false } = {}) {
  const facts = await networkFacts(name);
  const G = await loadNetwork(facts, { gradient });
  const D = facts.discriminator ? await loadNetwork(facts.discriminator, { gradient }) : null;
  const score = (images, z) => (D ? D.forward(images, 1, [G.labelOf(z)])[0] : null);
  const { labels = 0, directions = [] } = facts;
  const { engine, inputSize: latentDim } = G;
  return { name, G, D, score, engine, latentDim, labels, directions };
}
