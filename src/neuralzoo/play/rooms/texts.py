"""Texts that rooms begin with."""

RHYMES = """Jack and Jill went up the hill to fetch a pail of water.
Jack fell down and broke his crown, and Jill came tumbling after.
Twinkle, twinkle, little star, how I wonder what you are,
up above the world so high, like a diamond in the sky.
Hickory, dickory, dock, the mouse ran up the clock.
The clock struck one, the mouse ran down, hickory, dickory, dock.
Humpty Dumpty sat on a wall, Humpty Dumpty had a great fall.
All the king's horses and all the king's men couldn't put Humpty together again.
Mary had a little lamb, its fleece was white as snow,
and everywhere that Mary went the lamb was sure to go.
Baa, baa, black sheep, have you any wool? Yes, sir, yes, sir, three bags full,
one for the master, one for the dame, and one for the little boy who lives down the lane.
Little Miss Muffet sat on a tuffet, eating her curds and whey;
along came a spider, who sat down beside her, and frightened Miss Muffet away.
"""
