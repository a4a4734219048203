// Package browsertest drives the connect example with a real browser. It is a
// module of its own so that nobody else inherits the driver.
package browsertest
