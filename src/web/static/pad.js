// The sheet to draw on: strokes by mouse, finger, pen or keyboard. Tells `changed(lifted)` as they grow.

const SIDE = 560;        // px of the sheet
const SENT = 280;        // px of the picture that is sent
const STEP = 14;         // px a press of an arrow key

export class Pad {
  constructor(canvas, changed) {
    this.canvas = canvas;
    this.changed = changed;
    this.strokes = [];
    this.active = new Map();  // by pointer
    this.width = 30;
    this.pen = { x: SIDE / 2, y: SIDE / 2, down: null };
    this.context = canvas.getContext('2d', { willReadFrequently: true });
    this.small = document.createElement('canvas');
    this.small.width = this.small.height = SENT;
    this.smallContext = this.small.getContext('2d', { willReadFrequently: true });
    this.redraw();
    canvas.addEventListener('pointerdown', (event) => this.begin(event));
    canvas.addEventListener('pointermove', (event) => this.move(event));
    for (const end of ['pointerup', 'pointercancel']) canvas.addEventListener(end, (event) => this.end(event));
    canvas.addEventListener('keydown', (event) => this.key(event));
    canvas.addEventListener('blur', () => { this.pen.down = null; this.redraw(); });
    canvas.addEventListener('focus', () => this.redraw());
  }

  get empty() { return this.strokes.length === 0; }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    const pressure = event.pointerType === 'pen' && event.pressure > 0 ? 0.5 + event.pressure : 1;
    return {
      x: (event.clientX - box.left) * SIDE / box.width,
      y: (event.clientY - box.top) * SIDE / box.height,
      width: this.width * pressure,
    };
  }
  begin(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    this.canvas.setPointerCapture(event.pointerId);
    const stroke = [this.place(event)];
    this.active.set(event.pointerId, stroke);
    this.strokes.push(stroke);
    this.line(stroke, 0);
    this.changed(false);
  }
  move(event) {
    const stroke = this.active.get(event.pointerId);
    if (!stroke) return;
    const all = event.getCoalescedEvents?.() ?? [];
    for (const one of all.length > 0 ? all : [event]) {
      stroke.push(this.place(one));
      this.line(stroke, stroke.length - 1);
    }
    this.changed(false);
  }
  end(event) {
    if (!this.active.delete(event.pointerId)) return;
    this.changed(true);
  }
  key(event) {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (event.key in moves) {
      const [dx, dy] = moves[event.key];
      this.pen.x = Math.min(SIDE, Math.max(0, this.pen.x + dx * STEP));
      this.pen.y = Math.min(SIDE, Math.max(0, this.pen.y + dy * STEP));
      this.pen.down?.push({ x: this.pen.x, y: this.pen.y, width: this.width });
      if (this.pen.down) this.changed(false);
    } else if (event.key === ' ') {
      if (this.pen.down) {
        this.pen.down = null;
        this.changed(true);
      } else {
        this.pen.down = [{ x: this.pen.x, y: this.pen.y, width: this.width }];
        this.strokes.push(this.pen.down);
        this.changed(false);
      }
    } else if (event.key === 'z' && (event.ctrlKey || event.metaKey)) {
      this.undo();
    } else if (event.key === 'Delete' || event.key === 'Backspace') {
      this.clear();
    } else {
      return;
    }
    event.preventDefault();
    this.keyboard = true;
    this.redraw();
  }

  // Draws the piece of `stroke` that ends at point `i`.
  line(stroke, i) {
    const { context } = this;
    const to = stroke[i];
    const from = stroke[Math.max(0, i - 1)];
    context.lineCap = context.lineJoin = 'round';
    context.strokeStyle = '#17202b';
    context.lineWidth = to.width;
    context.beginPath();
    context.moveTo(from.x, from.y);
    context.lineTo(to.x, to.y + (from === to ? 0.01 : 0));
    context.stroke();
  }
  redraw(cursor = true) {
    this.context.fillStyle = '#fff';
    this.context.fillRect(0, 0, SIDE, SIDE);
    for (const stroke of this.strokes) stroke.forEach((_, i) => this.line(stroke, i));
    if (!cursor || !this.keyboard || document.activeElement !== this.canvas) return;
    this.context.strokeStyle = '#c2185b';
    this.context.lineWidth = 3;
    this.context.beginPath();
    this.context.arc(this.pen.x, this.pen.y, this.width / 2 + 3, 0, 7);
    this.context.stroke();
  }
  undo() {
    this.strokes.pop();
    this.pen.down = null;
    this.redraw();
    this.changed(true);
  }
  clear() {
    this.strokes = [];
    this.pen.down = null;
    this.redraw();
    this.changed(true);
  }

  // The sheet as base64 of a PNG.
  png() {
    if (this.keyboard) this.redraw(false);
    this.smallContext.drawImage(this.canvas, 0, 0, SENT, SENT);
    if (this.keyboard) this.redraw();
    return this.small.toDataURL('image/png').split(',')[1];
  }
}
