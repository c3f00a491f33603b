// Package shard is the batch format: what one scan of many learnt, in a file. docs/batches.md describes its members.
//
// A Writer takes the ledger of a scan, is told with Hit which chunks hold records that rules may need, notes by itself which chunks
// are read again for the report, and writes them with Finish, behind a Manifest that holds the hash of every member.
//
// Open reads the manifest of a Shard; Verify reads all of it and names what is not as its scan wrote it. Join verifies many shards
// and gives what one scan of all their evidence would have gathered: a Joined has the collection, the accounts of its files, one
// ledger, the copies across shards, and the chunks with hits. Files of a shard are read from the chunks that it holds, else from the
// evidence itself as long as it lies where it was and has not changed; ErrAway says that neither is to be had.
//
// Every byte of a shard may be an attacker's: what it refers to is checked before it is used.
package shard
