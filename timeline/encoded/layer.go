package encoded

// Layer is something that a text carries in encoded form, or the text itself in a form that can be read.
type Layer struct {
	Kind  string // how it was encoded: "base64 gzip"
	Depth int    // 1: in the text; 2: in a layer of depth 1; and so on
	Text  string
}

const (
	// maxDepth bounds layers within layers; real droppers nest two or three deep.
	maxDepth = 6
	// maxPlaces bounds the places of a text that may carry something: lists of hashes look like base64.
	maxPlaces = 1024
	// maxLayers bounds the layers of one text, maxLayerText all of their bytes.
	maxLayers    = 64
	maxLayerText = 8 << 20
	// maxSearched bounds the bytes of a text in which layers are looked for.
	maxSearched = 8 << 20
)

// Layers decodes what a text carries, and what that carries in turn, without duplicates. cut reports whether a
// bound left something out.
func Layers(s string) (layers []Layer, cut bool) {
	p := &peeler{seen: map[string]bool{}, left: maxLayerText}
	if len(s) > maxSearched {
		s, p.cut = s[:maxSearched], true
	}
	p.peel(s, 1)
	return p.layers, p.cut
}

type peeler struct {
	layers []Layer
	seen   map[string]bool
	left   int
	cut    bool
}

func (p *peeler) add(kind, text string, depth int) bool {
	if len(p.layers) >= maxLayers || len(text) > p.left {
		p.cut = true
		return false
	}
	p.left -= len(text)
	p.layers = append(p.layers, Layer{kind, depth, text})
	return true
}

func (p *peeler) peel(s string, depth int) {
	if depth > maxDepth {
		runs, more := runs(s, maxPlaces)
		p.cut = p.cut || more || len(runs) > 0
		return
	}
	p.cut = p.cut || len(s) > MaxReading && signsOf(s)&^(base64Sign|codesSign) != 0
	plain, how := Reading(s)
	if how != "" && !p.seen[plain] {
		p.seen[plain] = true
		if !p.add("for reading: "+how, plain, depth) {
			return
		}
	}
	for _, run := range codeRuns(plain, maxPlaces) {
		if text, ok := CharCodes(run); ok && !p.seen[run] {
			p.seen[run] = true
			if !p.add("character codes", text, depth) {
				return
			}
			p.peel(text, depth+1)
		}
	}
	runs, more := runs(plain, maxPlaces)
	p.cut = p.cut || more
	for _, run := range runs {
		if p.seen[run.Text] {
			continue
		}
		p.seen[run.Text] = true
		layer, ok := run.Decode()
		if !ok {
			continue
		}
		p.cut = p.cut || layer.Cut
		if !p.add(layer.Kind, layer.Text, depth) {
			return
		}
		p.peel(layer.Text, depth+1)
	}
}
