// Package shard is the batch format: a file that holds what one scan of many learnt. docs/batches.md describes its
// members.
//
// A Writer takes the ledger of a scan, is told with Hit which chunks hold records that rules may need, notes which
// chunks are read again for the report, and writes them with Finish, followed by a Manifest with the hash of every
// member.
//
// Open reads the manifest of a Shard; Verify reads all of it and names what differs from what the scan wrote. Join
// verifies many shards and returns what one scan of all their evidence would have gathered: a Joined has the
// collection, the accounts of its files, one ledger, the copies across shards, and the chunks with hits. Files of a
// shard are read from the chunks that it holds; ErrAway says that it does not hold one, because nobody needed it. A
// bundle is what one step of a batch passes to a later one: a plan, or what a match found.
//
// Every byte of a shard may come from an attacker: every reference in it is checked before it is used.
package shard
