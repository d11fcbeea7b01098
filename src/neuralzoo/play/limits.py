"""How much of everything one page may ask of the server; what is beyond is refused with a remedy."""

MESSAGE = 64 * 1024  # bytes of a message in text
UPLOAD = 8 * 2**20  # bytes of a file
UNPACKED = 64 * 2**20  # bytes of the pictures in an archive
PIXELS = 2**26  # of all of them
WAITING = 64  # messages of one page that wait their turn; a page that sends more is read more slowly
SESSIONS = 32  # pages at once
IDLE_SECONDS = 900  # without a word from a page that is not training
UNSEEN_SECONDS = 30  # training on while no frame is drawn: a hidden tab, a closed lid
SEND_SECONDS = 15  # for a page that does not read
FRAME_SECONDS = 1 / 30
TURN_SECONDS = 0.018  # of training in each frame
LAYERS = 40
UNITS = 256
PARAMETERS = 1_000_000
ROWS = 5000
FEATURES = 256
PROGRAMS = 64  # compiled programs that are kept, all pages together
