package binxml

// The tokens. Bit 0x40 says that more of the same follows, or that an element has
// attributes. Source: MS-EVEN6 2.2.12.
const (
	tokEOF          = 0x00
	tokOpenElement  = 0x01
	tokCloseStart   = 0x02
	tokCloseEmpty   = 0x03
	tokEndElement   = 0x04
	tokValue        = 0x05
	tokAttribute    = 0x06
	tokCDATA        = 0x07
	tokCharRef      = 0x08
	tokEntityRef    = 0x09
	tokPITarget     = 0x0a
	tokPIData       = 0x0b
	tokInstance     = 0x0c
	tokSubstitution = 0x0d
	tokOptional     = 0x0e
	tokFragment     = 0x0f

	tokMore = 0x40
)

// The canonical token stream: what a definition says, without where it says it. The
// Parser writes it from untrusted bytes, the compiler trusts it, and it is the key under
// which the Cache finds a compiled definition again.
const (
	canonElement   = 'E' // name
	canonAttribute = 'A' // name; its content follows, up to the next canonAttribute or canonContent
	canonContent   = '>' // end of a start tag
	canonEnd       = '/' // end of an element
	canonText      = 'T' // text
	canonSubst     = 'S' // slot u16, type u8, optional u8
	canonEntity    = 'R' // name
	canonCharRef   = '#' // code u16
	canonCDATA     = 'C' // text
	canonPI        = 'P' // name, text
	// name = count of bytes u16, UTF-16LE; text = count of bytes u32, UTF-16LE
)
