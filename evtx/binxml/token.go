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
