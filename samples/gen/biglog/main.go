// Biglog writes one large, valid log made of the chunks of others, for measuring:
//
//	go run ./samples/gen/biglog -mib 256 -out /tmp/big.evtx logs/Security.evtx logs/Sysmon.evtx
//
// Checksums are right; record ids repeat, as the chunks are taken in turn. With -fresh no record is a copy of
// another: ids and times are made again.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"hunt/evtx/evtxtest"
)

func main() {
	out := flag.String("out", "big.evtx", "the file to write")
	mib := flag.Int64("mib", 256, "its size in MiB")
	fresh := flag.Bool("fresh", false, "make ids and times anew, so that no record is a copy")
	flag.Parse()
	write := evtxtest.BigLog
	if *fresh {
		write = evtxtest.FreshLog
	}
	if err := run(*out, *mib<<20, flag.Args(), write); err != nil {
		fmt.Fprintln(os.Stderr, "biglog:", err)
		os.Exit(1)
	}
}

func run(out string, size int64, names []string, write func(io.Writer, [][]byte, int64) error) (err error) {
	var chunks [][]byte
	for _, name := range names {
		b, err := os.ReadFile(name) // #nosec G304 -- named by the user
		if err != nil {
			return err
		}
		chunks = append(chunks, evtxtest.Chunks(b)...)
	}
	f, err := os.Create(out) // #nosec G304 -- named by the user
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	err = write(w, chunks, size)
	return errors.Join(err, w.Flush(), f.Close())
}
