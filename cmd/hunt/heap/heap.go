// Package heap tunes the garbage collector to keep the program within the memory that a run may take.
package heap

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// leastLimit is the lowest limit that the garbage collector is given, in bytes: below what a run needs in any case,
// it would do nothing but collect.
const leastLimit = 128 << 20

// ballast is never written, so that it takes no memory, but counts as heap in use: the collector then lets the first
// 40 MiB of a run come together before it looks at them, which is what a small run takes.
var ballast []byte

const ballastSize = 40 << 20

const (
	// frugalPercent lets the heap grow to twice what is in use: a run that takes little stays small.
	frugalPercent = 100
	// amplePercent lets it grow until the limit is near: a run that has much in use anyway, thousands of rules or the
	// hits of many hosts, spends less time with the collector.
	amplePercent = 400
	// muchInUse is the number of bytes in use from which amplePercent holds.
	muchInUse = 32 << 20
)

// Keep has the collector keep below n bytes: the program itself and its stacks are not part of the heap.
func Keep(n int64) {
	ballast = make([]byte, ballastSize)
	limit := max(n-n/8, leastLimit) + int64(len(ballast))
	debug.SetMemoryLimit(limit)
	easeCollector(limit)
}

// easeCollector lets a part of what is in use come together as garbage where more is in use than a limit, in bytes,
// leaves room for. There the collector would run without a pause and take most of the time, and keep to the
// limit no better. Below the limit it lets the heap grow the more, the more is in use. It looks after each collection,
// and sets both again when less is in use.
func easeCollector(limit int64) {
	set, percent := limit, frugalPercent
	debug.SetGCPercent(percent)
	read := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/total:bytes"},
		{Name: "/memory/classes/heap/released:bytes"}, {Name: "/memory/classes/heap/free:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"}}
	var watch func(struct{})
	watch = func(struct{}) {
		metrics.Read(read)
		size := func(i int) int64 { return int64(min(read[i].Value.Uint64(), 1<<62)) } // #nosec G115 -- bounded
		beside := size(1) - size(2) - size(3) - size(4)                                // counts for the limit, too
		if want := easedLimit(limit, size(0), beside); want != set {
			set = want
			debug.SetMemoryLimit(want)
		}
		if want := percentOf(size(0) - ballastSize); want != percent {
			percent = want
			debug.SetGCPercent(want)
		}
		afterCollection(watch)
	}
	afterCollection(watch)
}

// afterCollection has do called once after the next collection.
func afterCollection(do func(struct{})) {
	runtime.AddCleanup(new([16]byte), do, struct{}{})
}

// percentOf is how much the heap may grow, in hundredths of what is in use.
func percentOf(live int64) int {
	if live < muchInUse {
		return frugalPercent
	}
	return amplePercent
}

// easedLimit is the limit where so much is in use on the heap and beside it. As long as what is in use on the heap is
// within the limit, garbage gets half the room: the run still has a chance to stay near what it may take.
func easedLimit(limit, live, beside int64) int64 {
	room := live / 16
	if live > limit {
		room = live / 8
	}
	return max(limit, live+room+max(beside, 0))
}
