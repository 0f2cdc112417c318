"""What an instructor runs: notebooks headless, reports, students' notebooks checked.

Rooms: `notebook` runs one and makes a page of it, `runner` many at once, `report` says
what came out, `grading` checks exercises, `cli` holds the commands. Nothing in
`gan_utils` imports this package.
"""
