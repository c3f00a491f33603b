package evidence

// What the tests write, in the words of 7zFormat.txt and Methods.txt, independent of what reads it.

// Property ids.
const (
	end7z, header7z, mainStreams7z, files7z, packInfo7z, unpackInfo7z, subStreams7z, size7z, crc7z = 0, 1, 4, 5, 6,
		7, 8, 9, 10
	folders7z, unpackSize7z, unpackStreams7z, emptyStream7z, anti7z, name7z, modified7z, attributes7z = 11, 12, 13, 14,
		16, 17, 20, 21
	encoded7z, dummy7z = 23, 25
)

// Methods.
const (
	delta7z, lzma7z, lzma27z, ppmd7z, aes7z = "\x03", "\x03\x01\x01", "\x21", "\x03\x04\x01", "\x06\xf1\x07\x01"
)

// start7z is the length of the signature header; the others are the bounds that hunt has.
const (
	start7z      = 32
	maxHeader7z  = 64 << 20
	maxItems7z   = 1 << 20
	maxFolders7z = 100_000
	maxKeys7z    = 8
)
