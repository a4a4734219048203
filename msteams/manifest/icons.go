package manifest

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"strconv"
)

const (
	colorIconSize   = 192
	outlineIconSize = 32
)

func (c *checker) checkIcons(colorIcon, outlineIcon []byte) {
	if len(colorIcon) > 0 {
		c.checkIcon("$.icons.color", colorIcon, colorIconSize)
	}
	if len(outlineIcon) == 0 {
		return
	}
	if img := c.checkIcon("$.icons.outline", outlineIcon, outlineIconSize); img != nil {
		c.checkTransparency("$.icons.outline", img)
	}
}

// checkIcon looks at the size before decoding: a small file can announce an enormous picture.
func (c *checker) checkIcon(path string, data []byte, size int) image.Image {
	header, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		c.add(path, RuleIconFormat, "is not a PNG file: %v", err)
		return nil
	}
	if header.Width != size || header.Height != size {
		c.add(path, RuleIconSize, "is a picture of %d×%d pixels, want %d×%d", header.Width, header.Height, size, size)
		return nil
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		c.add(path, RuleIconFormat, "is a damaged PNG file: %v", err)
		return nil
	}
	return img
}

func (c *checker) checkTransparency(path string, img image.Image) {
	var coloured, clear, drawn int
	bounds := img.Bounds()
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			r, g, b, a := img.At(x, y).RGBA() // premultiplied: white is r = g = b = a
			switch {
			case a == 0:
				clear++
			case r == a && g == a && b == a:
				drawn++
			default:
				coloured++
			}
		}
	}
	switch {
	case coloured > 0:
		c.add(path, RuleIconTransparency, "has %d pixels that are neither white nor transparent", coloured)
	case clear == 0:
		c.add(path, RuleIconTransparency, "is white all over; want a white drawing on a transparent ground")
	case drawn == 0:
		c.add(path, RuleIconTransparency, "is empty; want a white drawing on a transparent ground")
	}
}

// A shape tells whether a point of the unit square, y downwards, belongs to a drawing.
type shape func(x, y float64) bool

// bell is a notification bell: knob, dome that widens into a skirt, rim, clapper.
func bell(x, y float64) bool {
	const dome, skirt, rim = 0.20, 0.44, 0.70 // radius of the dome; where it ends, and where the skirt ends
	dx := math.Abs(x - 0.5)
	y += 0.02 // brings the middle of the drawing to the middle of the square
	switch {
	case y < skirt:
		return math.Hypot(dx, y-skirt) <= dome || math.Hypot(dx, y-0.22) <= 0.05
	case y < rim:
		t := (y - skirt) / (rim - skirt)
		return dx <= dome+0.10*t*t*t
	case y < 0.76:
		return dx <= 0.31
	default:
		return y > 0.79 && math.Hypot(dx, y-0.79) <= 0.08
	}
}

// outlined keeps a line of the given width along the inner edge of a shape.
func outlined(s shape, width float64) shape {
	const directions = 16
	return func(x, y float64) bool {
		if !s(x, y) {
			return false
		}
		for i := range directions {
			sin, cos := math.Sincos(2 * math.Pi * float64(i) / directions)
			if !s(x+width*cos, y+width*sin) {
				return true
			}
		}
		return false
	}
}

// scaled makes a shape larger (factor over 1) or smaller about the middle.
func scaled(s shape, factor float64) shape {
	return func(x, y float64) bool { return s(0.5+(x-0.5)/factor, 0.5+(y-0.5)/factor) }
}

// draw returns a PNG of size×size pixels with soft edges: each pixel's colour is between ground and ink, by the share of 4×4 points
// in it that belong to the shape.
func draw(s shape, size int, paint func(share float64) color.NRGBA) ([]byte, error) {
	const points = 4
	img := image.NewNRGBA(image.Rect(0, 0, size, size))
	for py := range size {
		for px := range size {
			inside := 0
			for i := range points * points {
				x := (float64(px) + (float64(i%points)+0.5)/points) / float64(size)
				y := (float64(py) + (float64(i/points)+0.5)/points) / float64(size)
				if s(x, y) {
					inside++
				}
			}
			img.SetNRGBA(px, py, paint(float64(inside)/(points*points)))
		}
	}
	var buf bytes.Buffer
	if err := png.Encode(&buf, img); err != nil {
		return nil, fmt.Errorf("manifest: draw icon: %w", err)
	}
	return buf.Bytes(), nil
}

// drawColorIcon returns a bell on the accent colour, white or, where that would not be seen, black. The bell keeps to the middle
// half of the picture, which Teams shows in every shape it cuts.
func drawColorIcon(accent string) ([]byte, error) {
	ground := parseColor(accent)
	ink := 255.0
	if 0.299*float64(ground.R)+0.587*float64(ground.G)+0.114*float64(ground.B) > 170 {
		ink = 0
	}
	return draw(scaled(bell, 0.8), colorIconSize, func(share float64) color.NRGBA {
		mix := func(c uint8) uint8 { return uint8(math.Round(float64(c)*(1-share) + ink*share)) }
		return color.NRGBA{R: mix(ground.R), G: mix(ground.G), B: mix(ground.B), A: 255}
	})
}

func drawOutlineIcon() ([]byte, error) {
	return draw(outlined(scaled(bell, 1.3), 0.065), outlineIconSize, func(share float64) color.NRGBA {
		return color.NRGBA{R: 255, G: 255, B: 255, A: uint8(math.Round(255 * share))}
	})
}

// parseColor reads "#RRGGBB", which Validate has checked.
func parseColor(s string) color.NRGBA {
	var rgb uint64
	if len(s) > 1 {
		rgb, _ = strconv.ParseUint(s[1:], 16, 24)
	}
	return color.NRGBA{R: uint8(rgb >> 16), G: uint8(rgb >> 8), B: uint8(rgb), A: 255}
}
