package spill

import "hunt/limit"

// Bite codes how often a bound bit, and where first.
func Bite(c *Coder, b *limit.Bite) {
	c.Text((*string)(&b.ID))
	c.Text(&b.Text)
	c.Flag(&b.Loses)
	c.Int(&b.Count)
	Number(c, &b.First.File)
	c.Int(&b.First.Offset)
	c.Text(&b.First.Name)
}
