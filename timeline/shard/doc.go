// Package shard is the batch format: what one scan of many learnt, in a file. docs/batches.md describes its members.
//
// A Writer takes the ledger of a scan, is told with Hit which chunks hold records that rules may need, notes by
// itself which chunks are read again for the report, and writes them with Finish, behind a Manifest that holds the
// hash of every member.
//
// Open reads the manifest of a Shard; Verify reads all of it and names what is not as its scan wrote it. Join
// verifies many shards and gives what one scan of all their evidence would have gathered: a Joined has the
// collection, the accounts of its files, one ledger, the copies across shards, and the chunks with hits. Files of a
// shard are read from the chunks that it holds; ErrAway says that it does not hold one, since nobody needed it. A
// bundle is what a later step of a batch hands on: a plan, or what a match found.
//
// Every byte of a shard may be an attacker's: what it refers to is checked before it is used.
package shard
