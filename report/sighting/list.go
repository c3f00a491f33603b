package sighting

import "hunt/report/listing"

// list is a list of names with semicolons between them. Lists of rows that follow each other begin alike, so that
// it keeps what it shares with the one before.
type list struct {
	items []item
	text  []byte
	n     int // items of the list that is made, as long as they are those of the one before
}

type item struct {
	text  string
	end   int  // in the text of the list
	plain bool // and all before it: of letters, digits, dots and brackets, so that no format changes it
}

// begin begins the next list.
func (l *list) begin() { l.n = 0 }

// add adds a name.
func (l *list) add(text string) {
	if l.n < len(l.items) && l.items[l.n].text == text {
		l.n++
		return
	}
	l.cut()
	if l.n > 0 {
		l.text = append(l.text, "; "...)
	}
	l.text = append(l.text, text...)
	l.items = append(l.items, item{text, len(l.text), l.plain() && plain(text)})
	l.n++
}

// plain reports whether all names of the list are.
func (l *list) plain() bool { return len(l.items) == 0 || l.items[len(l.items)-1].plain }

func plain(text string) bool {
	for i := range len(text) {
		if c := text[i]; !('a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '.' || c == '[' || c == ']') {
			return false
		}
	}
	return true
}

// cut drops what the list before has more.
func (l *list) cut() {
	if l.n == len(l.items) {
		return
	}
	l.items = l.items[:l.n]
	to := 0
	if l.n > 0 {
		to = l.items[l.n-1].end
	}
	l.text = l.text[:to]
}

// end puts the whole list into a cell.
func (l *list) end(b *listing.Block, c *listing.Cell) {
	if l.cut(); l.plain() {
		listing.RenewPlain(b, c, l.text)
	} else {
		listing.Renew(b, c, l.text)
	}
}
