// Package powershell reads what PowerShell writes into one value of its events: blocks of many keys
// and values, the items of a pipeline, the text of a script.
//
// # Blocks
//
// Events 400, 403, 600, 800 and 4103 hold a block: a line "key=value" or "key = value" for each of
// many values, in a fixed order. A [Layout] names the keys in their order: [Engine], [Provider],
// [Pipeline], [Module]. [Block.Read] reads a text by a Layout, [Block.Value] returns the value of a
// key.
//
// Some values are free: whoever runs the program chooses them, and they may hold line breaks and
// lines that look like keys. So a key is not looked for: the text is read as a whole, by the keys
// that the block has, in their order.
//
// A reading is a choice of lines for the keys, in order. The value of a key that is not free is the
// rest of its line, so that the next line that is not blank begins the next key; a free value goes on
// to the line of the next key. Keys up to the first long value (the command line of the host) are
// taken from the first lines that can be theirs, those behind it from the last: a forged line inside
// that value is then a part of it. [Block.Ambiguous] names the keys for which there is another
// reading, and where the keys are not those of a version that hunt knows, also those of which a value
// holds a line that belongs to no other.
//
// The keys of Module are in the language of Windows; they are told by their places and by the shapes
// of their values.
//
// # Scripts
//
// [Measure] computes the entropy and the other numbers that Elastic's integration gives a script
// block. [Invocations] splits the details of a pipeline into its items.
package powershell
