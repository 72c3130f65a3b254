import { Idiomorph } from 'idiomorph'
import htmx from 'htmx.org'

Object.assign(htmx.config, {
  allowEval: false,
  allowScriptTags: false,
  selfRequestsOnly: true,
  includeIndicatorStyles: false,
  historyCacheSize: 0, // nothing of a customer stays in the browser's storage
  refreshOnHistoryMiss: true,
  scrollIntoViewOnBoost: false,
  timeout: 30000,
  defaultSettleDelay: 0, // what arrives has its focus at once: a key pressed meanwhile is not lost
  responseHandling: [
    { code: '204', swap: false },
    { code: '[23]..', swap: true },
    { code: '409', swap: true }, // Refused: said in the page
    { code: '422', swap: true }, // the form again, with its errors
    { code: '[45]..', swap: false, error: true },
  ],
})

// An open menu stays open while the list beneath changes.
const callbacks = { beforeAttributeUpdated: (name, node) => !(name === 'open' && node.tagName === 'DETAILS') }

htmx.defineExtension('morph', {
  isInlineSwap: (style) => style === 'morph',
  handleSwap(style, target, fragment) {
    if (style !== 'morph' && style !== 'morph:innerHTML') return false
    const morphStyle = style === 'morph' ? 'outerHTML' : 'innerHTML'
    return Idiomorph.morph(target, fragment.children, { morphStyle, ignoreActiveValue: true, callbacks })
  },
})

export default htmx
