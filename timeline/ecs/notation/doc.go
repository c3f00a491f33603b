// Package notation reads the notations in which Windows, Sysmon and Defender write values into one
// text: paths, registry paths and data, command lines, accounts (DOM\name), numbers, times, addresses,
// lists of hashes, results of DNS queries, the content of a Zone.Identifier stream.
//
// Its functions take bytes and give parts of them; ok is false where the text has no such part. They know about no
// event and no field: package [hunt/timeline/ecs] says which of them makes a field of which value. Every byte that
// they read may be an attacker's: what they give is bounded, and costs time in proportion to the text.
package notation
