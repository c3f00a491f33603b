package ledger

import (
	"slices"

	"hunt/evtx"
)

// Day is a day in UTC, counted from 1601-01-01. Two values stand for many days: the one before firstDay for all that
// came earlier, the one after lastDay for all that came later.
type Day int32

const (
	TicksPerHour evtx.Filetime = 3600 * evtx.TicksPerSecond
	TicksPerDay                = 24 * TicksPerHour

	// firstDay and lastDay bound the days that are counted one by one, 2000-01-01 to 2049-12-31: EVTX is younger, and
	// a log that was crafted to name a million days must not fill the memory.
	firstDay Day = 145_731
	lastDay  Day = 163_993
	// MaxDays is the most counts that one kind of event can have under one Computer name.
	MaxDays = int(lastDay-firstDay) + 3
)

// DayOf returns the day and the hour of that day, 0 to 23.
func DayOf(at evtx.Filetime) (d Day, hour int) {
	h := uint64(at / TicksPerHour)
	return Day(min(max(h/24, uint64(firstDay-1)), uint64(lastDay+1))), int(h % 24)
}

// Bounded reports whether d is a single day, not all those before or after the counted ones.
func (d Day) Bounded() bool { return d >= firstDay && d <= lastDay }

// Start returns the beginning of the day.
func (d Day) Start() evtx.Filetime { return evtx.Filetime(d) * TicksPerDay }

// String returns the date, or which side of the counted ones it is on.
func (d Day) String() string {
	switch {
	case d < firstDay:
		return "before " + Date(firstDay.Start())
	case d > lastDay:
		return "after " + Date(lastDay.Start())
	}
	return Date(d.Start())
}

// DayCount is how often something was logged on one day, duplicates not counted.
type DayCount struct {
	Day   Day
	Count int
	Hours uint32 // a bit for each hour that has any
}

// DayCounts are the counts of one class on one day. A record's key refers to the one that counts it.
type DayCounts struct {
	Fact  int32 // number of the class's facts
	Day   Day
	Hours uint32
	Count int
}

// DayIndex finds the counts of a class by day.
type DayIndex []int32 // numbers in a list of DayCounts, by day

// At returns the number of the counts of a fact on a day. If there are none, it adds them to all.
func (x *DayIndex) At(all *[]DayCounts, fact int32, day Day) int32 {
	i, found := len(*x), false
	if i > 0 && (*all)[(*x)[i-1]].Day >= day {
		i, found = slices.BinarySearchFunc(*x, day, func(n int32, day Day) int { return int((*all)[n].Day - day) })
	}
	if found {
		return (*x)[i]
	}
	n := int32(len(*all))
	*all = append(*all, DayCounts{Fact: fact, Day: day})
	*x = slices.Insert(*x, i, n)
	return n
}

// AddDays adds counts to a sorted list.
func AddDays(to []DayCount, d DayCount) []DayCount {
	i, found := slices.BinarySearchFunc(to, d.Day, func(c DayCount, day Day) int { return int(c.Day - day) })
	if !found {
		return slices.Insert(to, i, d)
	}
	to[i].Count += d.Count
	to[i].Hours |= d.Hours
	return to
}

// DayTable sums counts by day.
type DayTable map[Day]DayCount

func (t DayTable) Add(days []DayCount) {
	for _, d := range days {
		have := t[d.Day]
		t[d.Day] = DayCount{d.Day, have.Count + d.Count, have.Hours | d.Hours}
	}
}

func (t DayTable) Sorted() []DayCount {
	out := make([]DayCount, 0, len(t))
	for _, d := range t {
		out = append(out, d)
	}
	slices.SortFunc(out, func(a, b DayCount) int { return int(a.Day - b.Day) })
	return out
}
