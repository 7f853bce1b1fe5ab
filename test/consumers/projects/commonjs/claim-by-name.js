/** A claim rule of one's own: a node takes the requests that begin with its name. */
class ClaimByName {
  #node;

  constructor(node) {
    this.#node = node;
  }

  async claim({ name, target }) {
    return name.startsWith(`${this.#node}-`) && target.kind === 'node' ? target : undefined;
  }
}

module.exports = { ClaimByName };
