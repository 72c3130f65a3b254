import { $, $$ } from '../dom.js'

// A pad to sign on. The strokes are the data (x, y, time, pressure and tilt where the device gives
// them, pen-up and pen-down); the PNG is only their picture.
//
//   <div data-signature> <canvas class="sign-pad"> [data-sign-strokes] [data-sign-png]
//   [data-sign-undo] [data-sign-clear]
//
// `pad(canvas, changed)` is what other pages use: { isEmpty, strokes, png, undo, clear, load }.
const MOST = 15_000 // points: nobody's signature has them
const INK = '#14213d'
const rounded = (value, by) => Math.round(value * by) / by

export const pad = (canvas, changed = () => {}) => {
  const context = canvas.getContext('2d')
  let strokes = [], pointer = '', began = 0, count = 0, active = null, size = null, width = 2.2

  // The size in which the strokes are told stays that of the first one, also if the phone turns.
  const scale = () => (size ? Math.min(canvas.offsetWidth / size.w, canvas.offsetHeight / size.h) : 1)
  const fit = () => {
    const ratio = Math.max(devicePixelRatio || 1, 1)
    canvas.width = Math.max(1, canvas.offsetWidth * ratio)
    canvas.height = Math.max(1, canvas.offsetHeight * ratio)
    context.setTransform(ratio * scale(), 0, 0, ratio * scale(), 0, 0)
    context.lineCap = context.lineJoin = 'round'
    context.strokeStyle = context.fillStyle = INK
    for (const stroke of strokes) stroke.forEach((_, n) => segment(stroke, n))
  }
  // From the middle of the last two points to the middle of the next two: round without corners.
  const segment = (stroke, n) => {
    const [x, y, t, force] = stroke[n]
    if (n === 0) {
      width = 2.2
      context.beginPath()
      context.arc(x, y, 1.2, 0, 7)
      context.fill()
      return
    }
    const [px, py, pt] = stroke[n - 1]
    const speed = Math.hypot(x - px, y - py) / Math.max(t - pt, 1)
    const wanted = force != null ? 0.8 + 2.8 * force : Math.max(0.9, 3.1 / (1 + speed))
    width += (wanted - width) * 0.35
    const [ax, ay] = n > 1 ? [(stroke[n - 2][0] + px) / 2, (stroke[n - 2][1] + py) / 2] : [px, py]
    context.beginPath()
    context.lineWidth = width
    context.moveTo(ax, ay)
    context.quadraticCurveTo(px, py, (px + x) / 2, (py + y) / 2)
    context.stroke()
  }
  const point = (event, box) => {
    const at = Math.max(0, event.timeStamp - began)
    const last = active.at(-1)
    const pen = event.pointerType === 'pen'
    // A mouse says always 0.5, and so do many fingers: that is no pressure.
    const felt = pen || (event.pointerType === 'touch' && ![0, 0.5, 1].includes(event.pressure))
    return [
      rounded((event.clientX - box.left) / scale(), 100),
      rounded((event.clientY - box.top) / scale(), 100),
      Math.max(last ? last[2] : 0, rounded(at, 10)),
      felt ? rounded(event.pressure, 1000) : null,
      pen ? Math.round(event.tiltX || 0) : null,
      pen ? Math.round(event.tiltY || 0) : null,
    ]
  }
  const add = (event, box) => {
    if (count >= MOST) return
    active.push(point(event, box))
    count += 1
    segment(active, active.length - 1)
  }
  canvas.addEventListener('pointerdown', (event) => {
    if (active || (event.pointerType === 'mouse' && event.button !== 0)) return
    if (pointer === 'pen' && event.pointerType === 'touch') return // the palm of the hand
    event.preventDefault()
    canvas.setPointerCapture?.(event.pointerId)
    if (!strokes.length) {
      began = event.timeStamp
      size = { w: canvas.offsetWidth, h: canvas.offsetHeight, dpr: rounded(devicePixelRatio || 1, 100) }
    }
    pointer = event.pointerType === 'pen' || !pointer ? event.pointerType : pointer
    active = []
    active.id = event.pointerId
    strokes.push(active)
    add(event, canvas.getBoundingClientRect())
  })
  canvas.addEventListener('pointermove', (event) => {
    if (!active || event.pointerId !== active.id) return
    const box = canvas.getBoundingClientRect()
    const between = event.getCoalescedEvents?.() ?? []
    for (const one of between.length ? between : [event]) add(one, box)
  })
  const lift = (event) => {
    if (!active || event.pointerId !== active.id) return
    active = null
    changed()
  }
  for (const type of ['pointerup', 'pointercancel', 'lostpointercapture']) canvas.addEventListener(type, lift)
  new ResizeObserver(fit).observe(canvas)
  fit()

  const redraw = () => { count = strokes.reduce((n, one) => n + one.length, 0); if (!count) { pointer = ''; size = null } fit(); changed() }
  return {
    isEmpty: () => strokes.length === 0,
    strokes: () => strokes.length ? { v: 1, pointer: ['pen', 'touch'].includes(pointer) ? pointer : 'mouse', device: { ...size }, strokes: strokes.map((one) => [...one]) } : null,
    png: () => strokes.length ? canvas.toDataURL('image/png') : '',
    undo: () => { strokes.pop(); redraw() },
    clear: () => { strokes = []; redraw() },
    load: (told) => { strokes = told?.strokes?.map((one) => [...one]) ?? []; pointer = told?.pointer ?? ''; size = told?.device ?? null; redraw() },
  }
}

const enhance = (box) => {
  if (box.dataset.ready) return
  box.dataset.ready = '1'
  const [strokes, png] = [$('[data-sign-strokes]', box), $('[data-sign-png]', box)]
  const own = pad($('canvas', box), () => {
    const told = own.strokes()
    strokes.value = told ? JSON.stringify(told) : ''
    png.value = own.png()
    box.dispatchEvent(new CustomEvent('lonja:signed', { bubbles: true, detail: { empty: own.isEmpty() } }))
  })
  box.pad = own
  $('[data-sign-clear]', box)?.addEventListener('click', own.clear)
  $('[data-sign-undo]', box)?.addEventListener('click', own.undo)
}
export const start = (root) => {
  $$('[data-signature]', root).forEach(enhance)
  if (root instanceof Element && root.matches('[data-signature]')) enhance(root)
}
