package digits

import (
	"encoding/binary"
	"time"
)

const (
	ticksPerSecond = 10_000_000
	ticksPerDay    = 86_400 * ticksPerSecond
	// lastTick is 9999-12-31T23:59:59.9999999Z: RFC 3339 has no room for later years.
	lastTick = 2_650_467_743_999_999_999
	// unixEpoch is 1970-01-01T00:00:00Z in ticks since 1601.
	unixEpoch = 116_444_736_000_000_000
)

// AppendTicks appends a time as RFC 3339 with seven digits, the same text that
// evtx.Filetime gives, without a detour through package time: this is the most
// frequent formatted value of a log.
func AppendTicks(dst []byte, ticks uint64) []byte {
	ticks = min(ticks, lastTick)
	days, inDay := ticks/ticksPerDay, ticks%ticksPerDay
	y, m, d := civil(int(days))
	sec, frac := inDay/ticksPerSecond, inDay%ticksPerSecond
	n := len(dst)
	dst = append(dst, "0000-00-00T00:00:00.0000000Z"...)
	b := dst[n : n+28]
	PutPair(b[0:], uint64(y)/100)
	PutPair(b[2:], uint64(y)%100)
	PutPair(b[5:], uint64(m))
	PutPair(b[8:], uint64(d))
	PutPair(b[11:], sec/3600)
	PutPair(b[14:], sec/60%60)
	PutPair(b[17:], sec%60)
	putFraction(b[20:27], frac)
	return dst
}

// Clock keeps the text of the second that it wrote last: the next record is often of the same
// second.
type Clock struct {
	second uint64 // plus one, 0 for none
	text   [28]byte
}

// Append appends what AppendTicks does.
func (c *Clock) Append(dst []byte, ticks uint64) []byte {
	ticks = min(ticks, lastTick)
	second, frac := ticks/ticksPerSecond, ticks%ticksPerSecond
	if c.second != second+1 {
		AppendTicks(c.text[:0], ticks)
		c.second = second + 1
	}
	n := len(dst)
	dst = append(dst, c.text[:]...)
	putFraction(dst[n+20:n+27], frac)
	return dst
}

// putFraction writes the seven digits of a second's ticks.
func putFraction(b []byte, frac uint64) {
	b[0] = byte('0' + frac/1_000_000)
	PutPair(b[1:], frac/10_000%100)
	PutPair(b[3:], frac/100%100)
	PutPair(b[5:], frac%100)
}

// civil turns days since 1601-01-01 into a date. 1601 begins a 400-year cycle of the
// calendar; counting years from March puts the leap day last, so that the lengths
// of the months follow one formula.
func civil(days int) (y, m, d int) {
	days += 306 // 1600-03-01
	era := days / 146_097
	doe := days % 146_097
	yoe := (doe - doe/1460 + doe/36_524 - doe/146_096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	d = doy - (153*mp+2)/5 + 1
	y = 1600 + era*400 + yoe
	if m = mp + 3; m > 12 {
		m, y = m-12, y+1
	}
	return y, m, d
}

// SystemTimeTicks converts a SYSTEMTIME; ok is false if it is not a valid time. Source: MS-DTYP
// 2.3.13.
func SystemTimeTicks(b []byte) (ticks uint64, ok bool) {
	at := func(i int) int { return int(binary.LittleEndian.Uint16(b[2*i:])) }
	y, mo, d, h, mi, s, ms := at(0), at(1), at(3), at(4), at(5), at(6), at(7)
	if y < 1601 || y > 9999 || mo < 1 || mo > 12 || d < 1 || d > 31 || h > 23 || mi > 59 || s > 59 || ms > 999 {
		return 0, false
	}
	t := time.Date(y, time.Month(mo), d, h, mi, s, 0, time.UTC)
	if t.Day() != d {
		return 0, false // 31 April
	}
	return uint64(t.Unix()*ticksPerSecond+unixEpoch) + uint64(ms)*10_000, true
}
