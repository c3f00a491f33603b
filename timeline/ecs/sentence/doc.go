// Package sentence puts an event into words by a template: who did what to what.
//
//	{field|other|'words'}   the first that has a value, else the words
//	{@Name}                 raw Data
//	{~field}                in a title only what a path ends in, of a URL the host
//	{-field}                without the stream that marks where a file came from
//	{!field}                nothing, but there must be a value
//	{^field}                the same, and the value must be derived, not the record's
//	{a\b}                   domain and name; the domain may be missing
//	{a:b}                   address and port; the port may be missing
//	[one|two|three]         the first of which every value is there; none if there is none
//	[?field=x,y?one|two]    one only where the field's first value is x or y
//	[?field~x,y?one|two]    one only where it contains x or y
//
// Outside of brackets a value needs words for where it is missing.
//
// [Resolver.Parse] parses a template, [Teller.Append] tells it of an [Event]. What the fields of an
// event are, and how a value is shortened, package [hunt/timeline/ecs] says.
package sentence
