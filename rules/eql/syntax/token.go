package syntax

// Kind is the kind of a token.
type Kind uint8

// The kinds of tokens.
const (
	EOF      Kind = iota
	Ident         // name, back-ticked or not
	FoldName      // name followed by ~, a case-insensitive function
	Keyword       // reserved word
	Integer       // 12
	Decimal       // 1.5, .5, 1e3
	Text          // "…" or """…"""
	Operator      // punctuation
	ListName      // $name; the parser replaces it by its values
)

// Token is one lexical element.
type Token struct {
	Kind     Kind
	Pos, End Pos
	// Text is the decoded value of a string, the name of an identifier without
	// its back-ticks, and the source text of everything else.
	Text   string
	Quoted bool   // an identifier in back-ticks
	List   string // name of the list from which a string comes
}

// keywords are reserved: a field of that name is written in back-ticks.
// runs, head, tail, as and the time units are plain identifiers.
var keywords = map[string]bool{
	"and": true, "any": true, "by": true, "false": true, "in": true, "in~": true, "join": true,
	"like": true, "like~": true, "maxspan": true, "not": true, "null": true, "of": true, "or": true,
	"regex": true, "regex~": true, "sample": true, "sequence": true, "true": true, "until": true,
	"where": true, "with": true,
}

// operators in the order in which the lexer tries them: longest first.
var operators = []string{"![", "==", "!=", "<=", ">=", "<", ">", "(", ")", "[", "]", ",", ".", ":", "+", "-", "*", "/",
	"%", "|", "?", "="}

// is reports whether t is the keyword or operator s.
func (t Token) is(s string) bool {
	return (t.Kind == Keyword || t.Kind == Operator) && t.Text == s
}

// name reports whether t is the unquoted identifier s: a contextual word such as runs.
func (t Token) name(s string) bool { return t.Kind == Ident && !t.Quoted && t.Text == s }

// describe names a token in a message.
func (t Token) describe() string {
	switch t.Kind {
	case EOF:
		return "the end of the query"
	case Text:
		return "a string"
	default:
		return "`" + t.Text + "`"
	}
}
