// The socket to the engine. A frame: 4 bytes with the length of the head, a head of JSON, arrays; see wire.py.

const KINDS = { f4: Float32Array, u1: Uint8Array };

export function unpack(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  let place = 4 + length;
  const arrays = {};
  for (const [name, kind, shape] of head.arrays) {
    const size = shape.reduce((a, b) => a * b, 1), Kind = KINDS[kind];
    arrays[name] = Object.assign(new Kind(buffer, place, size), { shape });
    place += Math.ceil(size * Kind.BYTES_PER_ELEMENT / 4) * 4;
  }
  return { ...head, arrays };
}

export function packFile(head, bytes) {
  const said = new TextEncoder().encode(JSON.stringify(head));
  const whole = new Uint8Array(4 + said.length + bytes.byteLength);
  new DataView(whole.buffer).setUint32(0, said.length, true);
  whole.set(said, 4);
  whole.set(new Uint8Array(bytes), 4 + said.length);
  return whole;
}

export class Wire {
  // `heard(frame)` is told everything but answers; `changed(open)` when the connection comes or goes.
  constructor(heard, changed) {
    Object.assign(this, { heard, changed, asked: new Map(), next: 1, socket: null });
  }
  connect() {
    const socket = new WebSocket(`ws://${location.host}/session`);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.changed(true, "");
    socket.onclose = (event) => { this.forget(); this.changed(false, event.reason); };
    socket.onmessage = (event) => {
      const frame = unpack(event.data), waiting = this.asked.get(frame.id);
      if (waiting) {
        this.asked.delete(frame.id);
        frame.kind === "error" ? waiting.reject(frame) : waiting.resolve(frame);
      } else this.heard(frame);
    };
    this.socket = socket;
  }
  get open() { return this.socket?.readyState === WebSocket.OPEN; }
  say(message) { if (this.open) this.socket.send(JSON.stringify(message)); }
  // The answer to a question of the room, as a promise.
  ask(what, given = {}) {
    return new Promise((resolve, reject) => {
      if (!this.open) return reject({ what: "not connected", remedy: "reload the page" });
      const id = this.next++;
      this.asked.set(id, { resolve, reject });
      this.say({ do: "ask", what, id, ...given });
    });
  }
  sendFile(name, bytes, extra = {}) { if (this.open) this.socket.send(packFile({ do: "upload", name, ...extra }, bytes)); }
  forget() {
    for (const { reject } of this.asked.values()) reject({ what: "the connection was lost", remedy: "reload the page" });
    this.asked.clear();
  }
}
